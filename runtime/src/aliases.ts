import type { ConfigFault, Environment } from './environment.ts'

/** A variable of an older system, and how its value reads as one of ours; `undefined` if it can't be read so. */
interface Alias {
  readonly from: string
  readonly to: string
  readonly translate: (value: string, env: Environment) => string | undefined
  readonly expected: string
}

const broker = { to: 'EVENT_LOG_URL', translate: withScheme('kafka'), expected: 'expected host:port' }

/** Read from the top: the first alias that is set wins, and the proper name wins over all of them. */
const aliases: readonly Alias[] = [
  { from: 'SERVER_PORT', to: 'PORT', translate: (port) => port, expected: 'expected a port' },
  { from: 'KAFKA_BROKER', ...broker },
  { from: 'KAFKA_SERVICE', ...broker },
  { from: 'KAFKA_BROKER_URL', ...broker },
  { from: 'CASSANDRA_CLUSTER', to: 'COUNTER_STORE_URL', translate: cassandraUrl, expected: 'expected a host' },
  {
    from: 'DB_SOURCE',
    to: 'ROW_STORE_URL',
    translate: mysqlUrl,
    expected: 'expected user:password@tcp(host:port)/database, with DB_DRIVER=mysql',
  },
]

/** Parts of an alias that stand in variables of their own. */
const parts = ['CASSANDRA_USER', 'CASSANDRA_PASSWORD', 'CASSANDRA_KEYSPACE', 'DB_DRIVER']

/** Every older name that is read. */
export const aliasNames: readonly string[] = [...aliases.map((alias) => alias.from), ...parts]

/** Those whose value may hold a password. */
export const secretAliasNames: ReadonlySet<string> = new Set(['CASSANDRA_PASSWORD', 'DB_SOURCE', 'KAFKA_BROKER_URL'])

export interface Resolved {
  readonly values: Readonly<Record<string, string>>
  /** For a value that came from an alias: the older name, so that a fault can name what the user wrote. */
  readonly origins: Readonly<Record<string, string>>
  readonly faults: readonly ConfigFault[]
}

/** Fills the names that are wanted and unset from the variables of older systems. */
export function resolveAliases(env: Readonly<Record<string, string>>, isWanted: (name: string) => boolean): Resolved {
  const values = { ...env }
  const origins: Record<string, string> = {}
  const faults: ConfigFault[] = []
  for (const { from, to, translate, expected } of aliases) {
    const value = env[from]
    if (value === undefined || values[to] !== undefined || !isWanted(to)) continue
    const translated = translate(value, env)
    if (translated === undefined) faults.push({ name: from, problem: expected })
    else values[to] = translated
    origins[to] = from
  }
  return { values, origins, faults }
}

function withScheme(scheme: string): (value: string) => string {
  return (value) => (value.startsWith(`${scheme}://`) ? value : `${scheme}://${value}`)
}

function cassandraUrl(cluster: string, env: Environment): string {
  const hosts = cluster.split(',').map((host) => (/:\d+$/.test(host.trim()) ? host.trim() : `${host.trim()}:9042`))
  const user = credentials(env['CASSANDRA_USER'], env['CASSANDRA_PASSWORD'])
  return `cassandra://${user}${hosts.join(',')}/${env['CASSANDRA_KEYSPACE'] ?? ''}`
}

/** A data source name as Go's MySQL driver reads it: `user:password@tcp(host:port)/database?parameters`. */
function mysqlUrl(source: string, env: Environment): string | undefined {
  const match = /^(?:([^:@/]*)(?::(.*))?@)?tcp\(([^)]+)\)\/([^?]*)/.exec(source)
  if (!match || (env['DB_DRIVER'] ?? 'mysql') !== 'mysql') return undefined
  const [, user, password, host = '', database = ''] = match
  return `mysql://${credentials(user, password)}${/:\d+$/.test(host) ? host : `${host}:3306`}/${database}`
}

function credentials(user = '', password = ''): string {
  return user === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
}
