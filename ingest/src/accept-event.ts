import { isCanonical } from '@twofold/core/events/canonical.ts'
import { encodeEvent } from '@twofold/core/events/envelope.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import { maxAheadMs, maxEventBytes } from '@twofold/core/events/fields.ts'
import type { NewRecord } from '@twofold/core/ports/event-log.ts'
import type { Clock } from '@twofold/runtime/clock.ts'
import type { IdSource } from '@twofold/runtime/ids.ts'
import { HttpProblem, problemFromZod } from '@twofold/runtime/problem.ts'

export interface EventSources {
  readonly clock: Clock
  readonly newId: IdSource
}

/** An event that is good to append. */
export interface AcceptedEvent {
  readonly id: string
  readonly record: NewRecord
}

/** Validates what a client sent and makes the record of it. Throws `HttpProblem` 422, or 413 for too large a record. */
export function acceptEvent(
  { clock, newId }: EventSources,
  type: AnyEventType,
  input: unknown,
  traceparent: string | undefined,
): AcceptedEvent {
  const payload = parsePayload(type, input)
  const receivedAt = clock.now()
  refuseFuture(type.occurredAtOf?.(payload), receivedAt)
  const ownId = type.idOf(payload)
  const id = ownId ?? newId()
  const envelope = traceparent === undefined ? { id, receivedAt } : { id, receivedAt, traceparent }
  const whole = ownId === undefined ? (type.withId?.(payload, id) ?? payload) : payload
  const record = encodeEvent(type, whole, envelope)
  refuseLarge(record.value as string)
  return { id, record }
}

/** Many clients send the canonical form; then the schema has nothing to add. */
function parsePayload({ schema }: AnyEventType, input: unknown): object {
  if (isCanonical(schema, input)) return input as object
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data as object
  throw problemFromZod(parsed.error)
}

/** The only limit that moves with the clock. The log's side must not check it: there, an event is valid for ever. */
function refuseFuture(occurredAt: number | undefined, now: number): void {
  if (occurredAt === undefined || occurredAt <= now + maxAheadMs) return
  const errors = [{ pointer: '/timestamp', detail: `must not be more than ${maxAheadMs / 1000} s in the future` }]
  throw new HttpProblem({ status: 422, detail: 'the request is not valid', errors })
}

/** Normalised text may be larger than what was sent, and a record beyond the limit would end with the dead letters. */
function refuseLarge(value: string): void {
  if (value.length * 3 <= maxEventBytes || Buffer.byteLength(value) <= maxEventBytes) return
  throw new HttpProblem({ status: 413, detail: `the event is larger than ${maxEventBytes} bytes` })
}
