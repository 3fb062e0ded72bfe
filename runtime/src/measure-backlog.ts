import type { EventLog, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { inTime } from './in-time.ts'
import type { Metrics } from './metrics.ts'

/** How many records of each partition of this process wait to be processed. */
export interface BacklogMeter {
  /** A partition was opened or processed up to an offset. */
  note(partition: TopicPartition, nextOffset: number): void
  /** It is no longer ours: whoever has it now tells its backlog. */
  forget(partition: TopicPartition): void
}

export interface BacklogOptions {
  readonly metrics: Metrics
  readonly log: Pick<EventLog, 'readBounds'>
  readonly name: string
  readonly help: string
  /** Longest that a scrape waits for the log. Milliseconds. */
  readonly timeoutMs?: number
}

/** Asks the log at each scrape where its topics end. A log that can't be asked leaves the gauge empty: nothing is known then. */
export function measureBacklog({ metrics, log, name, help, timeoutMs = 2000 }: BacklogOptions): BacklogMeter {
  const gauge = metrics.gauge({ name, help, labels: ['topic', 'partition'] })
  const topics = new Map<string, Map<number, number>>()

  const update = async (topic: string, processed: ReadonlyMap<number, number>): Promise<void> => {
    const bounds = await inTime(log.readBounds(topic), timeoutMs, 'reading the bounds')
    for (const { partition, end } of bounds) {
      const nextOffset = processed.get(partition)
      if (nextOffset !== undefined) gauge.set({ topic, partition: String(partition) }, Math.max(0, end - nextOffset))
    }
  }
  metrics.onScrape(async () => {
    gauge.reset()
    await Promise.allSettled([...topics].map(([topic, processed]) => update(topic, processed)))
  })
  return {
    note({ topic, partition }, nextOffset) {
      const processed = topics.get(topic) ?? new Map<number, number>()
      topics.set(topic, processed.set(partition, nextOffset))
    },
    forget({ topic, partition }) {
      const processed = topics.get(topic)
      processed?.delete(partition)
      if (processed?.size === 0) topics.delete(topic)
    },
  }
}
