import type { DatabaseSync } from 'node:sqlite'
import { type ErrorCode, isTwofoldError, TwofoldError } from '@twofold/core/errors.ts'
import { FrameReader } from './frame.ts'
import { partitionOfKey } from '../key-partition.ts'

/** What became of the calls that one frame carried. */
export interface AppendAnswer {
  /** Partition, offset and append time of every record that was stored, in the order of the frame. */
  readonly places: Float64Array
  /** The calls that were refused, by their index in the frame. Nothing of them was stored. */
  readonly refused: readonly { readonly call: number; readonly code: ErrorCode; readonly message: string }[]
}

interface Topic {
  readonly id: number
  readonly name: string
  readonly partitions: readonly Partition[]
}

interface Partition {
  readonly partition: number
  end: number
  lastTime: number
  touched: boolean
}

interface PackedRecord {
  /** -1 when the key decides. */
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: string | null
}

/** Stores the records of many callers' appends: `append(topics, frame, now)`, see `packAppends`. */
export function createLogAppend(database: DatabaseSync) {
  const loadTopic = createTopicLoader(database)
  const savePartitions = createPartitionSaver(database)
  const insert = database.prepare('INSERT INTO log_records VALUES (?, ?, ?, ?, ?, ?, ?)')
  let turn = 0

  const choose = (topic: Topic, { partition, key }: PackedRecord): Partition => {
    const count = topic.partitions.length
    const chosen = partition >= 0 ? partition : key ? partitionOfKey(key, count) : turn++ % count
    const found = topic.partitions[chosen]
    if (!found) throw new TwofoldError('TOPIC_MISCONFIGURED', `topic ${topic.name} has no partition ${chosen}`)
    return found
  }
  const store = (topic: Topic, records: readonly PackedRecord[], now: number, places: number[]): void => {
    // All are placed before one is stored, so that a refused call leaves nothing behind.
    const chosen = records.map((record) => choose(topic, record))
    for (const [i, { key, value, headers }] of records.entries()) {
      const at = chosen[i]!
      at.lastTime = Math.max(now, at.lastTime)
      at.touched = true
      insert.run(topic.id, at.partition, at.end, at.lastTime, key, value, headers)
      places.push(at.partition, at.end++, at.lastTime)
    }
  }

  return (names: readonly string[], packed: ArrayBuffer, now: number): AppendAnswer => {
    const topics = names.map(loadTopic)
    const frame = new FrameReader(packed)
    const places: number[] = []
    const refused: AppendAnswer['refused'][number][] = []
    for (let call = 0; !frame.done; call++) {
      const at = frame.int()
      const records = readRecords(frame)
      try {
        store(topics[at] ?? refuseUnknown(names[at]!), records, now, places)
      } catch (error) {
        if (!isTwofoldError(error)) throw error
        refused.push({ call, code: error.code, message: error.message })
      }
    }
    for (const topic of topics) if (topic) savePartitions(topic)
    return { places: Float64Array.from(places), refused }
  }
}

function readRecords(frame: FrameReader): PackedRecord[] {
  const records = new Array<PackedRecord>(frame.int())
  for (let i = 0; i < records.length; i++) {
    records[i] = { partition: frame.int(), key: frame.bytes(), value: frame.bytes(), headers: frame.text() }
  }
  return records
}

function refuseUnknown(name: string): never {
  throw new TwofoldError('TOPIC_MISCONFIGURED', `there is no topic ${name}`)
}

/** Reads ends and times anew for every transaction: another process may have appended in between. */
function createTopicLoader(database: DatabaseSync) {
  const find = database.prepare('SELECT id FROM log_topics WHERE name = ?')
  const partitions = database.prepare(`
    SELECT partition, end_offset AS end, last_time AS lastTime
    FROM log_partitions WHERE topic = ? ORDER BY partition`)
  return (name: string): Topic | undefined => {
    const row = find.get(name) as { id: number } | undefined
    if (!row) return undefined
    const rows = partitions.all(row.id) as unknown as Omit<Partition, 'touched'>[]
    return { id: row.id, name, partitions: rows.map((each) => ({ ...each, touched: false })) }
  }
}

function createPartitionSaver(database: DatabaseSync) {
  const update = database.prepare(
    'UPDATE log_partitions SET end_offset = ?, last_time = ? WHERE topic = ? AND partition = ?',
  )
  return ({ id, partitions }: Topic): void => {
    for (const { partition, end, lastTime, touched } of partitions) {
      if (touched) update.run(end, lastTime, id, partition)
    }
  }
}
