import type { Subscription, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { type PartitionsOptions, runPartitions } from '@twofold/dataflow/run-partitions.ts'
import { type FlushTimes, timeFlushes } from '@twofold/dataflow/time-flushes.ts'
import { openPartition, type RawLayer } from './open-partition.ts'

export type TransactionalServiceOptions = RawLayer &
  Pick<PartitionsOptions, 'closeTimeoutMs' | 'retry' | 'onFatal' | 'onFlush' | 'onRelease'> & {
    /** A partition was opened: it is read from this offset on. */
    readonly onOpen?: (partition: TopicPartition, nextOffset: number) => void
    readonly timesOf?: (topic: string) => FlushTimes
  }

/** The consumer group of the raw rows. */
export const groupName = 'transactional-service'

/** Keeps every event for ever. Each batch of records is one transaction, so a record is read no earlier than needed. */
export async function createTransactionalService(options: TransactionalServiceOptions): Promise<Subscription> {
  return runPartitions({
    ...options,
    group: groupName,
    topics: options.events.map(({ topic }) => topic),
    flushMs: 0,
    maxPending: 1,
    async open(partition) {
      const work = await openPartition(options, partition)
      options.onOpen?.(partition, work.start.nextOffset)
      return options.timesOf ? timeFlushes(work, options.timesOf(partition.topic)) : work
    },
  })
}
