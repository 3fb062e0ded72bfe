import type { LogRecord } from '../ports/event-log.ts'
import type { AnyEventType, Event } from './event.ts'
import { isCanonical } from './canonical.ts'
import { headerText } from './envelope.ts'
import { isId, maxEventBytes, maxIdLength, readTime } from './fields.ts'
import { guardJson } from './guard-json.ts'
import { jsonPointer } from './json-pointer.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The one reading of a record, used by both layers: a function of the record and its appended time alone, so that both
 * agree for ever. Answers the event, or the reason why the record is none (it belongs with the dead letters).
 *
 * Records of other programs are welcome: without an envelope the id is what the payload says, or the place in the log.
 */
export function parseRecord(type: AnyEventType, record: LogRecord, appendedAt: number): Event | string {
  if (record.value === null) return 'the record has no value'
  if (record.value.length > maxEventBytes) return `the value is larger than ${maxEventBytes} bytes`
  const payload = parsePayload(type, record.value)
  if (typeof payload === 'string') return payload
  // The schema has judged an id of the payload, and must not be judged again by another measure.
  const ownId = type.idOf(payload)
  const headerId = ownId === undefined ? headerText(record.headers['ce_id']) : undefined
  if (headerId !== undefined && !isId(headerId)) return `the header ce_id must have 1 to ${maxIdLength} characters`
  const id = ownId ?? headerId ?? placeOf(record)
  return {
    id,
    payload,
    occurredAt: type.occurredAtOf?.(payload) ?? timeOf(record) ?? appendedAt,
    appendedAt,
    partition: record.partition,
    offset: record.offset,
  }
}

function parsePayload(type: AnyEventType, bytes: Uint8Array): object | string {
  try {
    const text = decoder.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (isCanonical(type.schema, value)) return value as object
    const { faults } = guardJson(text, value)
    if (faults) return faults.map(({ pointer, detail }) => reasonAt(pointer, detail)).join('; ')
    const parsed = type.schema.safeParse(value)
    if (parsed.success) return parsed.data as object
    return parsed.error.issues.map(({ path, message }) => reasonAt(jsonPointer(path), message)).join('; ')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const reasonAt = (pointer: string, detail: string): string => `${pointer === '' ? 'the value' : pointer}: ${detail}`

function placeOf({ topic, partition, offset }: LogRecord): string {
  return `${topic}/${partition}/${offset}`
}

/** When ingest received it; an envelope of another program may carry anything, and then says nothing. */
function timeOf(record: LogRecord): number | undefined {
  const text = headerText(record.headers['ce_time'])
  return text === undefined ? undefined : readTime(text)
}
