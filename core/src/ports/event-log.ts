/** A record to append. The key decides the partition unless `partition` names one. */
export interface NewRecord {
  readonly key: string | null
  readonly value: string | Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly partition?: number
}

/** Where a record went. `appendedAt` is the log's own clock in milliseconds, which may step back. */
export interface AppendedRecord {
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
}

export type HeaderValue = string | Uint8Array

/** A record as the log keeps it. `timestamp` is its own append time, not yet the running maximum of its partition. */
export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, HeaderValue | undefined>>
}

/** Half-open range of the offsets that a partition still holds: [begin, end). */
export interface PartitionBounds {
  readonly partition: number
  readonly begin: number
  readonly end: number
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface TopicSettings {
  readonly partitions: number
  /** How long a record is kept at least, in milliseconds. */
  readonly retentionMs: number
}

/** What a member of a consumer group does with the partitions that it is given. */
export interface LogConsumer {
  /** A partition was assigned: answers the offset to read from. Called once per assignment, before any of its records. */
  open(partition: TopicPartition): Promise<number>
  /**
   * The next records of one partition, in order, without a gap. The next batch of that partition is delivered only
   * after the promise resolved, so memory stays bounded. When it rejects, the partition is released and opened again.
   */
  take(partition: TopicPartition, records: readonly LogRecord[]): Promise<void>
  /**
   * The partition is no longer ours: it moved, the subscription closes, `take` failed, or the log does not hold the
   * offset that was asked for (it never skips silently: `open` is asked again).
   */
  release(partition: TopicPartition): Promise<void>
}

export interface Subscription {
  /** Tells the log how far a partition is processed, for displays of lag only: nobody resumes from it. */
  reportPosition(partition: TopicPartition, nextOffset: number): void
  /** Resolves when no handler runs any more and every partition was released. */
  close(): Promise<void>
}

/**
 * An append-only, partitioned log.
 * - `append` is durable when it resolves; a rejection says that the records may or may not be stored.
 * - The records of one call stand in their partition in the order given; same key, same partition.
 * - A reader of a partition sees each offset once, in order; offsets grow, with possible gaps.
 * - Members of one group share the partitions of its topics; each partition has one member at a time.
 */
export interface EventLog {
  /**
   * Makes the topics that are missing. Refuses (TOPIC_MISCONFIGURED) a topic with another partition count, without append
   * times, or that may lose records before their time.
   */
  createTopics(topics: readonly string[], settings: TopicSettings): Promise<void>
  append(topic: string, records: readonly NewRecord[]): Promise<AppendedRecord[]>
  readBounds(topic: string): Promise<PartitionBounds[]>
  /** The first offset whose record's own time is `time` or later; the end of the partition when there is none. */
  findOffset(partition: TopicPartition, time: number): Promise<number>
  subscribe(group: string, topics: readonly string[], consumer: LogConsumer): Promise<Subscription>
  /** Resolves when the log can be read and written; rejects with LOG_UNAVAILABLE. */
  ping(): Promise<void>
  close(): Promise<void>
}
