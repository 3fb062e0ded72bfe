import { TwofoldError } from '@twofold/core/errors.ts'
import type {
  AppendedRecord,
  EventLog,
  LogConsumer,
  NewRecord,
  PartitionBounds,
  Subscription,
  TopicPartition,
  TopicSettings,
} from '@twofold/core/ports/event-log.ts'
import { type Appender, createAppender } from './event-log-appender.ts'
import { ConsumerGroup } from './event-log-groups.ts'
import { LogReader } from './event-log-reader.ts'
import { type Repetition, repeatEvery } from './repeat-every.ts'
import { openWorker, type StoreWorker } from './worker.ts'

export interface SqliteEventLogOptions {
  /** The database file; it and its folder are made when missing. */
  readonly path: string
  /** The clock of append times, in milliseconds. A record's append time never lies before its predecessor's. */
  readonly now: () => number
  /** How often to look for what other processes appended. */
  readonly pollMs?: number
  /** How often to look for records that outlived their topic's retention. */
  readonly trimMs?: number
}

/**
 * The event log in one SQLite file. An append resolves after its fsync (WAL, `synchronous=FULL`), so it survives a
 * power cut as far as the disk keeps its word. Other processes may open the same file and see each other's records
 * within `pollMs`; but members of a consumer group share its partitions within one `EventLog` only. Two processes that
 * subscribe with one group each get everything: use the servers' adapter to spread work over processes.
 */
export async function openSqliteEventLog(options: SqliteEventLogOptions): Promise<EventLog> {
  const { path, now, pollMs = 75, trimMs = 60_000 } = options
  const module = new URL('./event-log.worker.ts', import.meta.url).href
  const open = (): Promise<StoreWorker> => openWorker({ module, options: { path } }, 'LOG_UNAVAILABLE')
  const writes = await open()
  // A thread of their own for reads: they go on while the other one waits for the disk.
  const reads = await open().catch(async (error: unknown) => {
    await writes.close()
    throw error
  })
  return new SqliteEventLog({ writes, reads, now, pollMs, trimMs })
}

interface Parts extends Omit<Required<SqliteEventLogOptions>, 'path'> {
  readonly writes: StoreWorker
  readonly reads: StoreWorker
}

class SqliteEventLog implements EventLog {
  readonly #writes: StoreWorker
  readonly #reads: StoreWorker
  readonly #reader: LogReader
  readonly #appender: Appender
  readonly #groups = new Map<string, ConsumerGroup>()
  readonly #subscriptions = new Set<Subscription>()
  readonly #chores: readonly Repetition[]
  #closing: Promise<void> | undefined

  constructor({ writes, reads, now, pollMs, trimMs }: Parts) {
    this.#writes = writes
    this.#reads = reads
    this.#reader = new LogReader(reads)
    this.#appender = createAppender({ worker: writes, now, onAppended: (topic, places) => this.#wake(topic, places) })
    this.#chores = [repeatEvery(pollMs, () => this.#poll()), repeatEvery(trimMs, () => this.#trim(now))]
  }

  async createTopics(topics: readonly string[], settings: TopicSettings): Promise<void> {
    await this.#writes.call('createTopics', topics, settings)
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<AppendedRecord[]> {
    this.#refuseWhenClosed()
    return this.#appender.append(topic, records)
  }

  async readBounds(topic: string): Promise<PartitionBounds[]> {
    const rows = await this.#reader.describe(topic)
    return rows.map(({ partition, begin, end }) => ({ partition, begin, end }))
  }

  async findOffset({ topic, partition }: TopicPartition, time: number): Promise<number> {
    const row = (await this.#reader.describe(topic)).find((each) => each.partition === partition)
    if (!row) throw new TwofoldError('TOPIC_MISCONFIGURED', `topic ${topic} has no partition ${partition}`)
    return this.#reads.call('findOffset', row.id, partition, time)
  }

  async subscribe(name: string, topics: readonly string[], consumer: LogConsumer): Promise<Subscription> {
    const tails = (await Promise.all(topics.map((topic) => this.#reader.openTails(topic)))).flat()
    this.#refuseWhenClosed()
    const group = this.#groups.get(name) ?? new ConsumerGroup(this.#reader)
    this.#groups.set(name, group)
    const subscription = group.join(topics, tails, consumer)
    this.#subscriptions.add(subscription)
    const close = async (): Promise<void> => {
      await subscription.close()
      this.#subscriptions.delete(subscription)
    }
    return { ...subscription, close }
  }

  async ping(): Promise<void> {
    await Promise.all([this.#writes.call('ping'), this.#reads.call('describe', '')])
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll())
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    await Promise.all(this.#chores.map((chore) => chore.stop()))
    await this.#appender.drain()
    await Promise.all([this.#writes.close(), this.#reads.close()])
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw new TwofoldError('CLOSED', 'the event log is closed')
  }

  #wake(topic: string, places: readonly AppendedRecord[]): void {
    for (const { partition, offset } of places) this.#reader.advance({ topic, partition }, offset + 1)
  }

  async #poll(): Promise<void> {
    if (this.#subscriptions.size > 0) await this.#reader.poll()
  }

  async #trim(now: () => number): Promise<void> {
    let removed = 1
    while (removed > 0 && !this.#closing) removed = await this.#writes.call<number>('trim', now())
  }
}
