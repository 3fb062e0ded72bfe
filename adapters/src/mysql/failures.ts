import { isTwofoldError, TwofoldError } from '@twofold/core/errors.ts'
import { reasonOf } from '../explain-tls.ts'

/** Deadlock, lock wait: the whole transaction may be tried again at once. */
const contention = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'])

/** The server went away or threw us out; a new connection may do. */
const lost = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'EPIPE',
  'ER_SERVER_SHUTDOWN',
  'ER_SESSION_WAS_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_CLIENT_INTERACTION_TIMEOUT',
])

/** Nothing that a second attempt would mend within a moment: no answer, no room, not writable. */
const down = new Set([
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'HANDSHAKE_SSL_ERROR',
  'HANDSHAKE_NO_SSL_SUPPORT',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_RECORD_FILE_FULL',
  'ER_DISK_FULL',
  'ER_OUT_OF_RESOURCES',
])

const tooLarge = new Set(['ER_DATA_TOO_LONG', 'ER_WARN_DATA_OUT_OF_RANGE', 'ER_NET_PACKET_TOO_LARGE'])
const misconfigured = new Set(['ER_ACCESS_DENIED_ERROR', 'ER_SECURE_TRANSPORT_REQUIRED', 'ER_DBACCESS_DENIED_ERROR', 'ER_BAD_DB_ERROR'])

interface DriverError {
  readonly code?: string
  /** The server answered, so the connection itself is sound unless the code says otherwise. */
  readonly sqlState?: string
  readonly fatal?: boolean
  readonly message?: string
}

const codeOf = (error: unknown): string => (error as DriverError | null)?.code ?? ''

export function isContention(error: unknown): boolean {
  return contention.has(codeOf(error))
}

export function isConnectionLost(error: unknown): boolean {
  return lost.has(codeOf(error)) || isClosedState(error)
}

/** mysql2 gives no code to a command that is added to a closed connection. */
function isClosedState(error: unknown): boolean {
  const { code, message = '' } = (error ?? {}) as DriverError
  return code === undefined && message.includes('closed state')
}

/** Whether the connection may be used again after this error. A lost answer may still arrive: then it may not. */
export function isConnectionSound(error: unknown): boolean {
  if (isTwofoldError(error)) return true
  const { sqlState, fatal } = (error ?? {}) as DriverError
  return sqlState !== undefined && fatal !== true && !lost.has(codeOf(error))
}

export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === 'ER_DUP_ENTRY'
}

/** An error of the port for one of the driver; a bug (wrong SQL, say) stays what it is. */
export function translate(cause: unknown): unknown {
  const code = codeOf(cause)
  const wrap = (name: ConstructorParameters<typeof TwofoldError>[0], text: string): TwofoldError =>
    new TwofoldError(name, `${text}: ${reasonOf(cause)}`, { cause })
  if (isTwofoldError(cause)) return cause
  if (isContention(cause) || isConnectionLost(cause) || down.has(code)) return wrap('STORE_UNAVAILABLE', 'MySQL')
  if (tooLarge.has(code)) return wrap('LIMIT_EXCEEDED', 'too large for MySQL')
  if (misconfigured.has(code)) return wrap('INVALID_CONFIG', 'MySQL refuses')
  return cause
}
