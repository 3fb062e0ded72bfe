import { z } from 'zod'

/** An object in which no other name is accepted, and each may be left out: defaults are in values.yaml. */
export const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).partial()

/** Something of Kubernetes that the chart hands on as it is. */
export const object = z.record(z.string(), z.unknown())
export const objects = z.array(object)
export const texts = z.record(z.string(), z.string())

/** An amount of a resource, such as 500m or 2Gi. */
export const quantity = z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/)

const resource = z.string().regex(/^(cpu|memory|ephemeral-storage|hugepages-\S+|[a-z0-9.-]+\/\S+)$/)
const amounts = z.record(resource, z.union([quantity, z.number().min(0)]))

/** What a container asks for and may use. */
export const resources = part({ requests: amounts, limits: amounts, claims: objects })

const selector = part({ matchLabels: texts, matchExpressions: objects })

/** A list of NetworkPolicyPeer. */
export const peers = z.array(part({ podSelector: selector, namespaceSelector: selector, ipBlock: part({ cidr: z.string(), except: z.array(z.string()) }) }))

const port = part({ port: z.union([z.int(), z.string()]), endPort: z.int(), protocol: z.enum(['TCP', 'UDP', 'SCTP']) })

/** A list of NetworkPolicyEgressRule. */
export const egress = z.array(part({ to: peers, ports: z.array(port) }))

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'
const days = 'sun mon tue wed thu fri sat'
const either = (names: string): string => `${names} ${names.toUpperCase()}`.replaceAll(' ', '|')

/** The numbers of each field: minute, hour, day of the month, month, day of the week. */
const fields = ['[0-5]?[0-9]', '[01]?[0-9]|2[0-3]', '0?[1-9]|[12][0-9]|3[01]', `0?[1-9]|1[0-2]|${either(months)}`, `[0-6]|${either(days)}`]
const steps = fields.map((value) => `([*?]|(${value})(-(${value}))?)(/[1-9][0-9]*)?`).map((step) => `${step}(,${step})*`)

/** A schedule of cron as CronJobs read it, or none. */
export const schedule = z.string().regex(new RegExp(`^$|^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$|^@every ([0-9]+[hms])+$|^${steps.join(' ')}$`))
