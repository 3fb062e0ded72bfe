import { z } from 'zod'
import type { JsonSchema } from './describe-setting.ts'
import { egress, object, objects, part, peers, quantity, resources, schedule, texts } from './kubernetes-shapes.ts'

const name = z.string().regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$/)
/** What names of Services may begin with: stricter than other names. */
const label = z.string().regex(/^([a-z]([a-z0-9-]*[a-z0-9])?)?$/)
const entry = z.string().regex(/^[A-Za-z0-9._-]*$/)
const host = z.string().regex(/^$|^(\*\.)?[a-z0-9.-]+$/)
const whole = (min: number, max = 1_000_000) => z.int().min(min).max(max)

const tls = part({ enabled: z.boolean(), caSecret: name, caEntry: entry, clientSecret: name, certEntry: entry, keyEntry: entry })
const credentials = part({ existingSecret: name, username: z.string(), usernameEntry: entry, passwordEntry: entry })

const store = (scheme: string) => ({
  url: z
    .string()
    .regex(new RegExp(`^$|^${scheme}://[^@\\s]+$`))
    .describe(`${scheme}://host:port, without user and password: these are in a Secret, see credentials. Empty: the chart's own server.`),
  tls,
  credentials,
})

const server = { image: z.string().min(1), storage: z.string().regex(/^$|^\d+(\.\d+)?(Ki|Mi|Gi|Ti)$/), resources }
const heap = z.string().regex(/^\d+[mMgG]$/)

/** What holds for each service. `config` is another for each. */
const serviceShape = {
  enabled: z.boolean(),
  replicas: whole(0, 1000),
  stores: z.array(z.enum(['eventLog', 'counterStore', 'rowStore'])),
  args: z.array(z.string()),
  ingress: part({
    prefix: z.string().regex(/^(\/[A-Za-z0-9-]+)?$/),
    paths: z.array(z.string().regex(/^\/[A-Za-z0-9_/:.-]*$/)),
    takesWrites: z.boolean(),
    takesTheRest: z.boolean(),
  }),
  secrets: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.strictObject({ secret: name.min(1), entry: entry.min(1) })),
  schedule,
  job: part({
    suspend: z.boolean(),
    startingDeadlineSeconds: whole(10),
    activeDeadlineSeconds: whole(1),
    backoffLimit: whole(0, 100),
    ttlSecondsAfterFinished: whole(0),
    successfulJobsHistoryLimit: whole(0, 100),
    failedJobsHistoryLimit: whole(0, 100),
  }),
  resources,
  autoscaling: part({ enabled: z.boolean(), minReplicas: whole(1, 1000), maxReplicas: whole(1, 1000), cpu: quantity }),
  podDisruptionBudget: part({ enabled: z.boolean(), maxUnavailable: z.union([whole(1, 1000), z.string().regex(/^\d+%$/)]) }),
  preStopSeconds: whole(0, 600),
  terminationGracePeriodSeconds: whole(1, 3600),
  podAnnotations: texts,
  podLabels: texts,
  nodeSelector: texts,
  tolerations: objects,
  affinity: object,
  priorityClassName: z.string(),
}

/** A place that is filled with settings of services. */
const settings = (schema: JsonSchema) => z.unknown().meta(schema)

export interface Settings {
  /** For all services. */
  readonly shared: JsonSchema
  /** By the service's name. */
  readonly own: Readonly<Record<string, JsonSchema>>
}

/** Everything that values.yaml may say. */
export function chartValues({ shared, own }: Settings) {
  const services = Object.fromEntries(
    Object.entries(own).map(([service, schema]) => [service, part({ ...serviceShape, config: settings(schema) })]),
  )
  return part({
    image: part({ registry: z.string(), repository: z.string().min(1), tag: z.string(), pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']), pullSecrets: objects }),
    config: settings(shared),
    services: part(services),
    defaults: part({ ...serviceShape, config: settings(shared) }),
    apiKeys: part({ existingSecret: name, keysEntry: entry, clientEntry: entry, allowAnonymous: z.boolean() }),
    stores: part({
      eventLog: part({ ...store('kafka'), sasl: z.enum(['', 'scram-sha-256', 'scram-sha-512', 'plain']) }),
      counterStore: part(store('cassandra')),
      rowStore: part(store('mysql')),
    }),
    servers: part({
      enabled: z.boolean(),
      keepData: z.boolean(),
      storageClass: name,
      kafka: part({ ...server, heap, forwardPort: whole(1024, 65_535) }),
      cassandra: part({ ...server, heap }),
      mysql: part(server),
    }),
    ingress: part({
      enabled: z.boolean(),
      controller: z.enum(['nginx', 'traefik']),
      className: name,
      host,
      annotations: texts,
      tls: z.array(part({ secretName: name, hosts: z.array(host) })),
    }),
    serviceTls: part({ existingSecret: name }),
    networkPolicy: part({ enabled: z.boolean(), callers: peers, metricsReaders: peers, egress }),
    metrics: part({ annotations: z.boolean(), podMonitor: part({ enabled: z.boolean(), labels: texts, interval: z.string().regex(/^\d+(ms|s|m)$/) }) }),
    tracing: part({ endpoint: z.string().regex(/^$|^https?:\/\/\S+$/) }),
    serviceAccount: part({ create: z.boolean(), name, annotations: texts }),
    topologySpread: part({ enabled: z.boolean(), whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']) }),
    nameOverride: label,
    fullnameOverride: label,
    global: object,
  })
}
