/** A program of the system that gets an image of its own. */
export interface Service {
  /** Names its image, its folder, its place in compose.yaml and in the chart. */
  readonly name: string
  /** The path under which an ingress or the proxy serves it, for a service with an API. */
  readonly prefix?: string
}

/**
 * Every service, once. Images are built from this list, and tests hold compose.yaml, its proxy and the chart to it: who
 * adds a service adds it here, and is then told what else lacks it.
 */
export const services: readonly Service[] = [
  { name: 'ingest', prefix: '/ingress' },
  { name: 'stream-processor', prefix: '/processor-analytics' },
  { name: 'transactional-service' },
  { name: 'batch-processor' },
  { name: 'analytics-service', prefix: '/service-analytics' },
]

/** The path under which a service with an API is served. */
export function prefixOf(name: string): string {
  const prefix = services.find((service) => service.name === name)?.prefix
  if (prefix === undefined) throw new RangeError(`${name} has no path in scripts/services.ts`)
  return prefix
}

/** What `docker build` is told for an image; `entry` is a path in the workspace's folder. */
export interface Image {
  readonly name: string
  readonly workspace: string
  readonly entry?: string
}

/** The services, and what people run beside them: simulate, verify, and all services in one process. */
export const images: readonly Image[] = [
  ...services.map(({ name }) => ({ name, workspace: name })),
  { name: 'tools', workspace: 'scripts', entry: 'start.ts' },
]
