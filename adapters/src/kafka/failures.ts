import { isTwofoldError, TwofoldError } from '@twofold/core/errors.ts'
import { reasonOf } from '../explain-tls.ts'

interface KafkaFailure extends Error {
  readonly type?: string
  readonly retriable?: boolean
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
}

const refusals: ReadonlySet<string> = new Set(['KafkaJSProtocolError', 'KafkaJSCreateTopicError'])
const loginRefusals: ReadonlySet<string> = new Set(['KafkaJSSASLAuthenticationError'])
const tooLarge: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** The failure inside kafkajs's "number of retries exceeded" and "topic creation errors". */
function rootOf(error: unknown): unknown {
  const { name, cause, errors = [] } = (error ?? {}) as KafkaFailure
  if (name === 'KafkaJSNumberOfRetriesExceeded' && cause !== undefined) return rootOf(cause)
  return errors.find((each) => !isLostRace(each)) ?? errors[0] ?? error
}

/** Another process made the topic just now. */
function isLostRace(error: unknown): boolean {
  return (error as KafkaFailure | undefined)?.type === 'TOPIC_ALREADY_EXISTS'
}

/** True if the same call can't succeed later: the broker refused it, or it is a bug. */
export function isPermanent(error: unknown): boolean {
  if (isTwofoldError(error)) return !error.retriable
  const root = rootOf(error)
  if (!(root instanceof Error) || isLostRace(root)) return false
  const { name, retriable } = root as KafkaFailure
  return root instanceof TypeError || root instanceof RangeError || (refusals.has(name) && !retriable) || loginRefusals.has(name)
}

/** True for wrong credentials, also within the error that this module made of them. */
export function isLoginRefused(error: unknown): boolean {
  const root = rootOf(isTwofoldError(error) ? error.cause : error)
  return root instanceof Error && loginRefusals.has(root.name)
}

/** Turns what kafkajs throws into the one error of the system: mostly LOG_UNAVAILABLE, LIMIT_EXCEEDED for a size. */
export function toLogError(error: unknown, doing: string): TwofoldError {
  if (isTwofoldError(error)) return error
  const root = rootOf(error)
  const code = tooLarge.has((root as KafkaFailure | undefined)?.type ?? '') ? 'LIMIT_EXCEEDED' : 'LOG_UNAVAILABLE'
  return new TwofoldError(code, `could not ${doing}: ${reasonOf(root)}`, { cause: root })
}
