import { TwofoldError } from '@twofold/core/errors.ts'
import type { EventLog, LogConsumer, Subscription } from '@twofold/core/ports/event-log.ts'
import { createAppender } from './event-log-appender.ts'
import { ConsumerGroup } from './event-log-groups.ts'
import { LogReader } from './event-log-reader.ts'
import { repeatEvery } from './repeat-every.ts'
import { openWorker } from './worker.ts'

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
 * The event log in one SQLite file. An append resolves after its fsync (WAL, `synchronous=FULL`): it survives power loss
 * as far as the disk keeps its word. Other processes may open the same file: they see each other's records within
 * `pollMs`, but a consumer group is shared within one `EventLog` only, so two processes with one group each see everything.
 */
export async function openSqliteEventLog(options: SqliteEventLogOptions): Promise<EventLog> {
  const { path, now, pollMs = 75, trimMs = 60_000 } = options
  const module = new URL('./event-log.worker.ts', import.meta.url).href
  // A thread of their own for reads: they go on while the other one waits for the disk.
  const writes = await openWorker({ module, options: { path } }, 'LOG_UNAVAILABLE')
  const reads = await openWorker({ module, options: { path } }, 'LOG_UNAVAILABLE')
  const reader = new LogReader(reads)
  const groups = new Map<string, ConsumerGroup>()
  const subscriptions = new Set<Subscription>()
  const appender = createAppender({
    worker: writes,
    now,
    onAppended: (topic, places) => {
      for (const { partition, offset } of places) reader.advance({ topic, partition }, offset + 1)
    },
  })
  const polling = repeatEvery(pollMs, () => (subscriptions.size > 0 ? reader.poll() : undefined))
  const trimming = repeatEvery(trimMs, async () => {
    while ((await writes.call<number>('trim', now())) > 0);
  })
  let closing: Promise<void> | undefined
  const refuseClosed = (): void => {
    if (closing) throw new TwofoldError('CLOSED', 'the event log is closed')
  }

  const subscribe = async (name: string, topics: readonly string[], consumer: LogConsumer): Promise<Subscription> => {
    refuseClosed()
    const tails = (await Promise.all(topics.map((topic) => reader.openTails(topic)))).flat()
    refuseClosed()
    const group = groups.get(name) ?? new ConsumerGroup(reader)
    groups.set(name, group)
    const subscription = group.join(topics, tails, consumer)
    subscriptions.add(subscription)
    const close = async (): Promise<void> => {
      await subscription.close()
      subscriptions.delete(subscription)
    }
    return { ...subscription, close }
  }
  const closeAll = async (): Promise<void> => {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()))
    await Promise.all([polling.stop(), trimming.stop()])
    await Promise.all([writes.close(), reads.close()])
  }
  return {
    createTopics: (topics, settings) => writes.call('createTopics', topics, settings),
    append: async (topic, records) => {
      refuseClosed()
      return appender.append(topic, records)
    },
    readBounds: async (topic) =>
      (await reader.describe(topic)).map(({ partition, begin, end }) => ({ partition, begin, end })),
    findOffset: async ({ topic, partition }, time) => {
      const [{ id } = { id: -1 }] = await reader.describe(topic)
      return reads.call('findOffset', id, partition, time)
    },
    subscribe,
    ping: () => writes.call('ping'),
    close: () => (closing ??= closeAll()),
  }
}
