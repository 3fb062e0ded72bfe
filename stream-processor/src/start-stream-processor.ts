import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createCountRouter, createStreamProcessor } from './create-stream-processor.ts'
import type { SpeedLayer } from './open-partition.ts'

export interface SpeedConfig {
  readonly FLUSH_MS: number
  readonly MAX_PENDING: number
}

/** Starts the speed layer within a process and answers its routes. */
export async function startStreamProcessor(context: ServiceContext, layer: SpeedLayer, config: SpeedConfig): Promise<Router[]> {
  const { metrics, onStop, retry, fail } = context
  const labels = ['topic'] as const
  const records = metrics.counter({ name: 'speed_records_total', help: 'Records folded by the speed layer.', labels })
  const repeats = metrics.counter({ name: 'speed_repeats_total', help: 'Repeats within the dedup horizon.', labels })
  const appendedAt = metrics.gauge({
    name: 'speed_appended_at_seconds',
    help: 'Appended time up to which a partition is folded.',
    labels: ['topic', 'partition'],
  })
  const subscription = await createStreamProcessor({
    ...layer,
    flushMs: config.FLUSH_MS,
    maxPending: config.MAX_PENDING,
    closeTimeoutMs: 2500,
    retry,
    onFatal: fail,
    onRepeat: (topic) => repeats.inc({ topic }),
    onFlush({ topic, partition }, progress, count) {
      records.inc({ topic }, count)
      appendedAt.set({ topic, partition: String(partition) }, progress.appendedAt / 1000)
    },
  })
  onStop('stream-processor', () => subscription.close())
  return [createCountRouter(layer)]
}
