import { events } from '@twofold/core/events/index.ts'
import { z } from 'zod'
import { services } from '../services.ts'
import { chartValues } from './chart-values.ts'
import { describeSetting, isChartSetting, type JsonSchema } from './describe-setting.ts'

/** A file of the chart that follows from the source: its path in the repository, and what must be in it. */
export interface ChartFile {
  readonly path: string
  readonly text: string
}

/** One value for the whole system: services that disagree about it would count differently. */
const systemWide = new Set([
  'SLICE_MS', 'DEDUP_HORIZON_MS', 'PARTITIONS', 'LOG_RETENTION_MS', 'CELL_TTL_MS', 'LIVE_RETENTION_MS', 'BOUNDARY_MAX_AGE_MS',
])

/** values.schema.json out of the services' configuration schemas, and the routes that take writes out of the event types. */
export async function generateChartFiles(): Promise<ChartFile[]> {
  const shapes = new Map<string, z.ZodRawShape>()
  for (const { name } of services) shapes.set(name, await readShape(name))
  const own = Object.fromEntries([...shapes].map(([name, shape]) => [name, toSchema(shape, (field) => !systemWide.has(field))]))
  const shared = toSchema(Object.assign({}, ...shapes.values()) as z.ZodRawShape, () => true)
  const schema = z.toJSONSchema(chartValues({ shared, own }), { target: 'draft-7', io: 'input' })
  return [
    { path: 'helm/values.schema.json', text: `${JSON.stringify({ title: 'Values of the Twofold chart', ...schema }, null, 1)}\n` },
    { path: 'helm/files/write-routes.yaml', text: writeRoutes() },
  ]
}

async function readShape(service: string): Promise<z.ZodRawShape> {
  const { configSchema } = (await import(`../../${service}/src/config.ts`)) as { configSchema: z.ZodObject }
  return configSchema.shape
}

function toSchema(shape: z.ZodRawShape, wanted: (name: string) => boolean): JsonSchema {
  const fields = Object.entries(shape) as [string, z.ZodType][]
  const chosen = fields.filter(([name, field]) => isChartSetting(name, field) && wanted(name))
  const properties = Object.fromEntries(chosen.map(([name, field]) => [name, describeSetting(field)]))
  return { type: 'object', additionalProperties: false, properties }
}

function writeRoutes(): string {
  const paths = events.flatMap(({ routes }) => [routes.single, routes.plural])
  return ['# Generated from the event types: npm run helm:generate', 'routes:', ...paths.map((path) => `  - ${path}`), ''].join('\n')
}
