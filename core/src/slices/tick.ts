import type { LogRecord, NewRecord } from '../ports/event-log.ts'

/** The header that makes a record a tick. */
const tickHeader = 'twofold-tick'

/** A control record: it moves a partition's appended time on, and views, rows and dead letters ignore it. */
export function encodeTick(partition: number, id: string): NewRecord {
  return { partition, key: null, value: null, headers: { [tickHeader]: id } }
}

export function isTick(record: LogRecord): boolean {
  return record.value === null && record.headers[tickHeader] !== undefined
}
