import { TwofoldError } from '@twofold/core/errors.ts'
import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RawTable, RowStore } from '@twofold/core/ports/row-store.ts'
import type { StoreSecurity } from './store-security.ts'

/** What an adapter needs from the process that opens it. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly logger: {
    debug(message: string, fields?: Readonly<Record<string, unknown>>): void
    info(message: string, fields?: Readonly<Record<string, unknown>>): void
    warn(message: string, fields?: Readonly<Record<string, unknown>>): void
    error(message: string, fields?: Readonly<Record<string, unknown>>): void
  }
}

/** `sqlite:<path>`, which needs no security, or `kafka://<host>:<port>`. Drivers are loaded only where they are used. */
export async function openEventLog(url: string, { now, logger }: Surroundings, security: StoreSecurity = {}): Promise<EventLog> {
  switch (schemeOf(url)) {
    case 'sqlite':
      return (await import('./sqlite/event-log.ts')).openSqliteEventLog({ path: pathOf(url), now })
    case 'kafka':
      return (await import('./kafka/event-log.ts')).openKafkaEventLog({ url, logger, security })
    default:
      throw unknownScheme('EVENT_LOG_URL', 'sqlite: or kafka://')
  }
}

/** `sqlite:<path>` or `cassandra://<host>:<port>/<keyspace>`. */
export async function openCounterStore(
  url: string,
  cellTtlMs: number,
  { now, logger }: Surroundings,
  security: StoreSecurity = {},
): Promise<CounterStore> {
  switch (schemeOf(url)) {
    case 'sqlite':
      return (await import('./sqlite/counter-store.ts')).openSqliteCounterStore({ path: pathOf(url), cellTtlMs, now })
    case 'cassandra': {
      const onWarning = (message: string): void => logger.warn(message)
      return (await import('./cassandra/counter-store.ts')).openCassandraCounterStore({ url, cellTtlMs, onWarning, security })
    }
    default:
      throw unknownScheme('COUNTER_STORE_URL', 'sqlite: or cassandra://')
  }
}

/** `sqlite:<path>` or `mysql://<host>:<port>/<database>`. Makes and widens the raw tables. */
export async function openRowStore(
  url: string,
  tables: readonly RawTable[],
  { now }: Surroundings,
  security: StoreSecurity = {},
): Promise<RowStore> {
  switch (schemeOf(url)) {
    case 'sqlite':
      return (await import('./sqlite/row-store.ts')).openSqliteRowStore({ path: pathOf(url), tables, now })
    case 'mysql':
      return (await import('./mysql/row-store.ts')).openMysqlRowStore({ url, tables, security })
    default:
      throw unknownScheme('ROW_STORE_URL', 'sqlite: or mysql://')
  }
}

function schemeOf(url: string): string {
  return url.slice(0, Math.max(0, url.indexOf(':'))).toLowerCase()
}

/** A path as it stands, so that a folder's name needs no escapes. */
function pathOf(url: string): string {
  return url.slice('sqlite:'.length)
}

/** The URL itself may hold a password. */
function unknownScheme(name: string, allowed: string): TwofoldError {
  return new TwofoldError('INVALID_CONFIG', `${name} must begin with ${allowed}`)
}
