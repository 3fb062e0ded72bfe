import type { Subscription } from '@twofold/core/ports/event-log.ts'
import { readValueNow } from '@twofold/core/serving/read-value-now.ts'
import { userCount } from '@twofold/core/views/user-count.ts'
import { type PartitionsOptions, runPartitions } from '@twofold/dataflow/run-partitions.ts'
import { Router } from 'express'
import { openPartition, type SpeedLayer } from './open-partition.ts'
import { createProgressReporter, type ProgressReporterOptions } from './progress-reporter.ts'

export type StreamProcessorOptions = SpeedLayer &
  Pick<PartitionsOptions, 'flushMs' | 'maxPending' | 'closeTimeoutMs' | 'retry' | 'onFatal' | 'onOpen' | 'onFlush' | 'onRelease' | 'timesOf'> &
  Pick<ProgressReporterOptions, 'onProgress' | 'onProgressFailure'> & {
    /** How often the readers of `view-updates` are told how far the partitions are processed. Milliseconds. */
    readonly progressMs: number
  }

/** The consumer group of the speed layer. */
export const groupName = 'stream-processor'

/** The speed layer: folds every topic that a view reads, as long as the subscription is open. */
export async function createStreamProcessor(options: StreamProcessorOptions): Promise<Subscription> {
  const topics = [...new Set(options.views.map(({ topic }) => topic))]
  const reporter = createProgressReporter(options)
  const subscription = await runPartitions({
    ...options,
    group: groupName,
    topics,
    open: (partition) => openPartition(options, partition),
    onOpen(partition, start) {
      reporter.note(partition, start)
      options.onOpen?.(partition, start)
    },
    onFlush(partition, progress, records) {
      reporter.note(partition, progress)
      options.onFlush?.(partition, progress, records)
    },
    onRelease(partition) {
      reporter.forget(partition)
      options.onRelease?.(partition)
    },
  })
  reporter.start(options.progressMs)
  const close = async (): Promise<void> => {
    reporter.stop()
    await subscription.close()
  }
  return { ...subscription, close }
}

/** `GET /user/count`, for debugging: what the stores say now. */
export function createCountRouter(layer: Pick<SpeedLayer, 'counters' | 'rows' | 'settings'>): Router {
  return Router().get('/user/count', async (_req, res) => {
    res.json({ Count: await readValueNow(layer, userCount) })
  })
}
