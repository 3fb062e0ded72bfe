import { updatesTopic } from '@twofold/core/live/updates.ts'
import type { EventLog, LogRecord, NewRecord, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { Random } from './random.ts'

/** An event log in memory. Nobody subscribes: the simulation hands the records out. */
export interface MemoryEventLog extends Omit<EventLog, 'subscribe'> {
  /** Of the event topics; there is `view-updates` besides. */
  readonly partitions: readonly TopicPartition[]
  recordsOf(partition: TopicPartition): readonly LogRecord[]
  /** At most `limit` records from an offset on. */
  read(partition: TopicPartition, offset: number, limit: number): LogRecord[]
}

export interface MemoryEventLogOptions {
  readonly topics: readonly string[]
  readonly partitionCount: number
  /** The clock of the broker that leads a partition; may step back. */
  readonly clockOf: (partition: TopicPartition) => number
  readonly random: Random
}

const encoder = new TextEncoder()

export function createMemoryEventLog({
  topics,
  partitionCount,
  clockOf,
  random,
}: MemoryEventLogOptions): MemoryEventLog {
  const partitionsOf = (topic: string): TopicPartition[] =>
    Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }))
  const partitions = topics.flatMap(partitionsOf)
  const records = new Map([...partitions, ...partitionsOf(updatesTopic)].map((partition) => [nameOf(partition), [] as LogRecord[]]))
  const recordsOf = (partition: TopicPartition): LogRecord[] => records.get(nameOf(partition))!
  const endOf = (partition: TopicPartition): number => (recordsOf(partition).at(-1)?.offset ?? -1) + 1

  const appendOne = (topic: string, record: NewRecord): LogRecord => {
    const place = { topic, partition: record.partition ?? hash(record.key ?? '') % partitionCount }
    const gap = random.chance(0.05) ? random.below(4) : 0
    const appended: LogRecord = {
      ...place,
      offset: endOf(place) + gap,
      timestamp: clockOf(place),
      key: bytesOf(record.key),
      value: bytesOf(record.value),
      headers: record.headers,
    }
    recordsOf(place).push(appended)
    return appended
  }
  return {
    partitions,
    recordsOf,
    read: (partition, offset, limit) => {
      const held = recordsOf(partition)
      const start = held.findIndex((record) => record.offset >= offset)
      return start < 0 ? [] : held.slice(start, start + limit)
    },
    createTopics: async () => undefined,
    append: async (topic, added) =>
      added.map((record) => {
        const { partition, offset, timestamp } = appendOne(topic, record)
        return { partition, offset, appendedAt: timestamp }
      }),
    readBounds: async (topic) =>
      partitionsOf(topic).map((one) => ({ partition: one.partition, begin: 0, end: endOf(one) })),
    findOffset: async (partition, time) =>
      recordsOf(partition).find((record) => record.timestamp >= time)?.offset ?? endOf(partition),
    ping: async () => undefined,
    close: async () => undefined,
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Same key, same partition. */
export function hash(key: string): number {
  return encoder.encode(key).reduce((mixed, byte) => (Math.imul(mixed, 31) + byte) >>> 0, 7)
}

function bytesOf(value: string | Uint8Array | null): Uint8Array | null {
  return typeof value === 'string' ? encoder.encode(value) : value
}
