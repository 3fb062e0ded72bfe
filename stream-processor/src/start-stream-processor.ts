import { traceRecords } from '@twofold/runtime/trace-records.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createCountRouter, createStreamProcessor } from './create-stream-processor.ts'
import { measureSpeedLayer } from './measure-speed-layer.ts'
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
  const { metrics, logger, clock, onStop, retry, fail } = context
  const subscription = await createStreamProcessor({
    ...layer,
    updatePartitions: config.PARTITIONS,
    flushMs: config.FLUSH_MS,
    progressMs: config.PROGRESS_MS,
    maxPending: config.MAX_PENDING,
    closeTimeoutMs: 2500,
    retry,
    onFatal: fail,
    ...measureSpeedLayer({ metrics, log: layer.log, elapsed: clock.elapsed }),
    traceRecord: traceRecords(context, 'fold', 'event folded'),
    onProgressFailure: (error, failures) => logger[failures === 1 ? 'warn' : 'debug']('progress is not told', { error, failures }),
  })
  onStop('stream-processor', () => subscription.close())
  return [createCountRouter(layer)]
}
