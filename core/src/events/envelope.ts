import type { HeaderValue, NewRecord } from '../ports/event-log.ts'
import type { AnyEventType } from './event.ts'

/** What an envelope says beside the payload. */
export interface Envelope {
  readonly id: string
  /** When ingest received the event, milliseconds. */
  readonly receivedAt: number
  /** W3C trace context of the request, if it had one. */
  readonly traceparent?: string
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A record as CloudEvents 1.0 in Kafka's binary content mode: attributes as `ce_` headers, the payload as JSON. */
export function encodeEvent(type: AnyEventType, payload: object, envelope: Envelope): NewRecord {
  return {
    key: type.keyOf?.(payload) ?? envelope.id,
    value: JSON.stringify(payload),
    headers: {
      ce_specversion: '1.0',
      ce_id: envelope.id,
      ce_source: '/ingest',
      ce_type: `twofold.${type.topic}`,
      ce_time: new Date(envelope.receivedAt).toISOString(),
      'content-type': 'application/json',
      ...(envelope.traceparent === undefined ? {} : { traceparent: envelope.traceparent }),
    },
  }
}

/** Text of a header, or undefined when it is absent or no UTF-8. */
export function headerText(value: HeaderValue | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  try {
    return decoder.decode(value)
  } catch {
    return undefined
  }
}
