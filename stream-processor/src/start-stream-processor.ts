import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createCountRouter, createStreamProcessor, type StreamProcessorOptions } from './create-stream-processor.ts'
import type { SpeedLayer } from './open-partition.ts'

export interface SpeedConfig {
  readonly PARTITIONS: number
  readonly FLUSH_MS: number
  readonly PROGRESS_MS: number
  readonly MAX_PENDING: number
}

type Parts = Pick<SpeedLayer, 'log' | 'counters' | 'rows' | 'events' | 'views' | 'settings'>

/** Starts the speed layer within a process and answers its routes. */
export async function startStreamProcessor(context: ServiceContext, layer: Parts, config: SpeedConfig): Promise<Router[]> {
  const { metrics, logger, onStop, retry, fail } = context
  const subscription = await createStreamProcessor({
    ...layer,
    updatePartitions: config.PARTITIONS,
    flushMs: config.FLUSH_MS,
    progressMs: config.PROGRESS_MS,
    maxPending: config.MAX_PENDING,
    closeTimeoutMs: 2500,
    retry,
    onFatal: fail,
    ...createMeters(metrics),
    onProgressFailure: (error, failures) => logger[failures === 1 ? 'warn' : 'debug']('progress is not told', { error, failures }),
  })
  onStop('stream-processor', () => subscription.close())
  return [createCountRouter(layer)]
}

function createMeters(metrics: Metrics): Required<Pick<StreamProcessorOptions, 'onFlush' | 'onRepeat' | 'onUpdates' | 'onProgress'>> {
  const labels = ['topic'] as const
  const records = metrics.counter({ name: 'speed_records_total', help: 'Records folded by the speed layer.', labels })
  const repeats = metrics.counter({ name: 'speed_repeats_total', help: 'Repeats within the dedup horizon.', labels })
  const updates = metrics.counter({ name: 'view_updates_total', help: 'Changed cells appended to view-updates.', labels })
  const ofPartition = ['topic', 'partition'] as const
  const appendedAt = metrics.gauge({
    name: 'speed_appended_at_seconds',
    help: 'Appended time up to which a partition is folded.',
    labels: ofPartition,
  })
  const processedUntil = metrics.gauge({
    name: 'speed_processed_until_seconds',
    help: 'Time up to which a partition was told to be processed, also while nothing comes: windows close by the least of a topic.',
    labels: ofPartition,
  })
  return {
    onRepeat: (topic) => repeats.inc({ topic }),
    onFlush({ topic, partition }, progress, count) {
      records.inc({ topic }, count)
      appendedAt.set({ topic, partition: String(partition) }, progress.appendedAt / 1000)
    },
    onUpdates: (topic, count) => updates.inc({ topic }, count),
    onProgress(topic, processed) {
      for (const { partition, until } of processed) processedUntil.set({ topic, partition: String(partition) }, until / 1000)
    },
  }
}
