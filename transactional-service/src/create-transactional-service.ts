import type { Subscription } from '@twofold/core/ports/event-log.ts'
import { type PartitionsOptions, runPartitions } from '@twofold/dataflow/run-partitions.ts'
import { openPartition, type RawLayer } from './open-partition.ts'

export type TransactionalServiceOptions = RawLayer &
  Pick<PartitionsOptions, 'closeTimeoutMs' | 'retry' | 'onFatal' | 'onOpen' | 'onFlush' | 'onRelease' | 'timesOf'>

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
    open: (partition) => openPartition(options, partition),
  })
}
