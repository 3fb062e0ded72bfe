import type { DatabaseSync } from 'node:sqlite'
import { FrameWriter } from './frame.ts'

/** What bounds one batch of one partition, and all batches of one answer. A record larger than that still comes. */
const maxBatchRecords = 4_000
const maxBatchBytes = 4 * 1024 * 1024
const maxAnswerBytes = 8 * 1024 * 1024

/** Stands for the count of a batch that didn't fit into the answer: ask again. */
export const askAgain = -1

export interface TopicRow {
  readonly id: number
  readonly partition: number
  readonly begin: number
  readonly end: number
}

/** Lengths are in bytes, null for what is null. `body` is key, value and headers, one after the other. */
type Row = [offset: number, time: number, key: Length, value: Length, headers: Length, body: Uint8Array]
type Length = number | null

export function createLogRead(database: DatabaseSync) {
  return {
    describe: createDescribe(database),
    findOffset: createFindOffset(database),
    readEnds: createReadEnds(database),
    read: createRead(database),
  }
}

/** The partitions of a topic; none when there is no such topic. */
function createDescribe(database: DatabaseSync) {
  const select = database.prepare(`
    SELECT id, partition, begin_offset AS begin, end_offset AS end
    FROM log_topics JOIN log_partitions ON topic = id WHERE name = ? ORDER BY partition`)
  return (topic: string) => select.all(topic) as unknown as TopicRow[]
}

/** Append times grow with the offsets, and offsets have no gaps: bisection needs no index. */
function createFindOffset(database: DatabaseSync) {
  const select = database.prepare(
    'SELECT appended_at AS time FROM log_records WHERE topic = ? AND partition = ? AND offset = ?',
  )
  const selectBounds = database.prepare(
    'SELECT begin_offset AS begin, end_offset AS end FROM log_partitions WHERE topic = ? AND partition = ?',
  )
  return (topic: number, partition: number, time: number): number => {
    let { begin, end } = selectBounds.get(topic, partition) as { begin: number; end: number }
    while (begin < end) {
      const middle = Math.floor((begin + end) / 2)
      // A record that is missing here was trimmed since the bounds were read: it was older than what is left.
      const row = select.get(topic, partition, middle) as { time: number } | undefined
      if (!row || row.time < time) begin = middle + 1
      else end = middle
    }
    return begin
  }
}

/** Topic id, partition and end of every partition, flat; null when no other connection wrote since the last call. */
function createReadEnds(database: DatabaseSync) {
  const version = database.prepare('PRAGMA data_version')
  const select = database.prepare('SELECT topic, partition, end_offset FROM log_partitions')
  select.setReturnArrays(true)
  let seen = -1
  return (): Float64Array | null => {
    const { data_version: current } = version.get() as { data_version: number }
    if (current === seen) return null
    seen = current
    return Float64Array.from((select.all() as unknown as number[][]).flat())
  }
}

/**
 * Reads batches: `wants` is flat triples of topic id, partition and first offset. The answer holds, per want: the count
 * of its records and the offset of the first; then per record its time, three lengths and the body.
 */
function createRead(database: DatabaseSync) {
  // One blob a record: handing a row's blobs to JavaScript one by one costs twice the time of all the rest.
  const select = database.prepare(`
    SELECT offset, appended_at, length(key), length(value), octet_length(headers),
      CAST(ifnull(key, x'') || ifnull(value, x'') || ifnull(headers, '') AS BLOB)
    FROM log_records
    WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ${maxBatchRecords}`)
  select.setReturnArrays(true)
  const frame = new FrameWriter()

  return (wants: Float64Array): ArrayBuffer => {
    for (let at = 0; at < wants.length; at += 3) {
      if (frame.length > maxAnswerBytes) {
        frame.int(askAgain)
        continue
      }
      const rows = select.iterate(wants[at]!, wants[at + 1]!, wants[at + 2]!) as unknown as Iterable<Row>
      writeBatch(frame, rows)
    }
    return frame.finish()
  }
}

function writeBatch(frame: FrameWriter, rows: Iterable<Row>): void {
  const start = frame.length
  let count = 0
  frame.int(0)
  for (const [offset, time, key, value, headers, body] of rows) {
    if (count++ === 0) frame.float(offset)
    frame.float(time)
    for (const length of [key, value, headers]) frame.int(length ?? -1)
    frame.bytes(body)
    if (frame.length - start > maxBatchBytes) break
  }
  frame.setInt(start, count)
}
