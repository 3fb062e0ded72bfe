import type { ColumnValue, RawRow, RawTable } from '../ports/row-store.ts'
import { type Slice, type SliceSettings, sliceOf } from '../slices/slice.ts'
import type { AnyEventType, Event } from './event.ts'

/** The raw table of an event type. */
export function rawTableOf({ topic, columns }: AnyEventType): RawTable {
  return { topic, columns }
}

/** An event as its raw table keeps it. */
export function rawRowOf({ columns }: AnyEventType, event: Event, { sliceMs }: SliceSettings): RawRow {
  const payload = event.payload as Readonly<Record<string, ColumnValue | undefined>>
  const slice: Slice = sliceOf(event.appendedAt, sliceMs)
  return {
    id: event.id,
    offset: event.offset,
    appendedAt: event.appendedAt,
    slice,
    occurredAt: event.occurredAt,
    payload: JSON.stringify(payload),
    columns: columns.map(({ name }) => payload[name] ?? null),
  }
}
