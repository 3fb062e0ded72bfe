/** Every way in which a part of Twofold can refuse or fail. Match on the code, never on the message. */
export const errorCodes = [
  'INVALID_CONFIG',
  'INVALID_EVENT',
  'INVALID_QUERY',
  'UNKNOWN_VIEW',
  'LIMIT_EXCEEDED',
  'QUEUE_FULL',
  'LOG_UNAVAILABLE',
  'LOG_TRUNCATED',
  'STORE_UNAVAILABLE',
  'TOPIC_MISCONFIGURED',
  'POSITION_MOVED',
  'LEASE_LOST',
  'BOUNDARY_NOT_GROWN',
  'RUN_GONE',
  'ROWS_INCOMPLETE',
  'MIGRATION_CHANGED',
  'UNSUPPORTED_RUNTIME',
  'CLOSED',
] as const

export type ErrorCode = (typeof errorCodes)[number]

const retriableCodes: ReadonlySet<ErrorCode> = new Set(['QUEUE_FULL', 'LOG_UNAVAILABLE', 'STORE_UNAVAILABLE'])

/** The one error type of the system. `retriable` says whether the same call may succeed later unchanged. */
export class TwofoldError extends Error {
  readonly code: ErrorCode
  readonly retriable: boolean

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'TwofoldError'
    this.code = code
    this.retriable = retriableCodes.has(code)
  }
}

export function isTwofoldError(error: unknown, code?: ErrorCode): error is TwofoldError {
  return error instanceof TwofoldError && (code === undefined || error.code === code)
}

/** True for a fault of the surroundings that is worth waiting for; a bug or a refusal is not. */
export function isRetriable(error: unknown): boolean {
  return isTwofoldError(error) && error.retriable
}
