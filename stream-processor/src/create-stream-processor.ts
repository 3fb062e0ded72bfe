import type { Subscription } from '@twofold/core/ports/event-log.ts'
import { readValueNow } from '@twofold/core/serving/read-value-now.ts'
import { userCount } from '@twofold/core/views/user-count.ts'
import { type PartitionsOptions, runPartitions } from '@twofold/dataflow/run-partitions.ts'
import { Router } from 'express'
import { openPartition, type SpeedLayer } from './open-partition.ts'

export type StreamProcessorOptions = SpeedLayer &
  Pick<PartitionsOptions, 'flushMs' | 'maxPending' | 'closeTimeoutMs' | 'retry' | 'onFatal' | 'onFlush'>

/** The consumer group of the speed layer. */
export const groupName = 'stream-processor'

/** The speed layer: folds every topic that a view reads, as long as the subscription is open. */
export async function createStreamProcessor(options: StreamProcessorOptions): Promise<Subscription> {
  const topics = [...new Set(options.views.map(({ topic }) => topic))]
  return runPartitions({ ...options, group: groupName, topics, open: (partition) => openPartition(options, partition) })
}

/** `GET /user/count`, for debugging: what the stores say now. */
export function createCountRouter(layer: SpeedLayer): Router {
  return Router().get('/user/count', async (_req, res) => {
    res.json({ Count: await readValueNow(layer, userCount) })
  })
}
