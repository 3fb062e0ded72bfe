import { isTwofoldError } from '@twofold/core/errors.ts'
import { HttpProblem, problemOf } from '@twofold/runtime/problem.ts'

const retryAfterSeconds = 2

/**
 * What an append that failed answers with. Unless the log is sure that it stored nothing, the event may be stored: the
 * client learns its id, so that sending it again can't count it twice.
 */
export function problemOfAppend(error: unknown, id: string): HttpProblem {
  if (isTwofoldError(error, 'QUEUE_FULL') || isTwofoldError(error, 'LIMIT_EXCEEDED')) return problemOf(error)
  const detail = 'the event may have been stored: send it again with this id'
  const headers = { 'Retry-After': String(retryAfterSeconds) }
  const extensions = { code: 'LOG_UNAVAILABLE', id }
  return new HttpProblem({ status: 503, detail, headers, extensions }, { cause: error })
}
