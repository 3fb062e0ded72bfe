import type { z } from 'zod'
import type { RawColumn } from '../ports/row-store.ts'

/** How clients post an event: one at a time, or many as a JSON array or NDJSON. */
export interface EventRoutes {
  /** Path of one event; a `:name` in it is a field of the payload. */
  readonly single: string
  readonly plural: string
  /** True when the path alone can be the whole event. */
  readonly bodyOptional?: boolean
}

/**
 * A kind of event, written once: the HTTP routes, the topic, the raw table, validation in both layers and the API's
 * documentation all follow from it.
 */
export interface EventType<Payload extends object = object> {
  /** The topic, and the name of the event type. */
  readonly topic: string
  readonly description: string
  readonly routes: EventRoutes
  /** Reads what a client or another program sent; parsing what it answered again must change nothing. */
  readonly schema: z.ZodType<Payload>
  /** The client's idempotency id, if the payload carries one. */
  idOf(payload: Payload): string | undefined
  /**
   * The payload with an id that ingest made. It is stored with it, so that a client which sends the event again with
   * the id that it was told sends the same event.
   */
  withId?(payload: Payload, id: string): Payload
  /** What must stay in order names the partition; the id does where this is absent. */
  keyOf?(payload: Payload): string
  /** Event time in milliseconds, if the payload carries one. */
  occurredAtOf?(payload: Payload): number | undefined
  /** Typed columns of the raw table, each named after a field of the payload. */
  readonly columns: readonly RawColumn[]
}

/** An event as both layers fold it. Times in milliseconds. */
export interface Event<Payload extends object = object> {
  readonly id: string
  readonly payload: Payload
  readonly occurredAt: number
  /** Running maximum of the append times of its partition, up to and including this event. */
  readonly appendedAt: number
  readonly partition: number
  readonly offset: number
}

/** Keeps the payload's type while a list holds event types of any payload. */
export function eventType<Payload extends object>(type: EventType<Payload>): EventType<Payload> {
  return type
}

/** An event type whose payload the holder doesn't look into. */
// oxlint-disable-next-line typescript/no-explicit-any -- the payload is contravariant in the functions of the type
export type AnyEventType = EventType<any>
