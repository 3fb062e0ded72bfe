import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@twofold/runtime/logger.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import { type Logger as CronLogger, schedule } from 'node-cron'
import { type BatchLayer, type BatchResult, runBatch } from './run-batch.ts'
import { createProgress } from './show-progress.ts'

export interface BatchConfig {
  readonly BATCH_CRON: string
  readonly BATCH_KEEP_RUNS: number
  readonly BATCH_SWEEP_GRACE_MS: number
  readonly BATCH_LEASE_MS: number
  readonly BATCH_ROWS_TIMEOUT_MS: number
}

type Parts = Pick<BatchLayer, 'log' | 'rows' | 'events' | 'views' | 'settings'>

export interface BatchProcessor {
  /** One run, now. */
  runOnce(): Promise<BatchResult>
  /** Runs by cron in UTC, one run at a time, until the process stops. */
  runByCron(): void
}

/** The batch layer within a process. */
export function startBatchProcessor(context: ServiceContext, parts: Parts, config: BatchConfig): BatchProcessor {
  const { logger, metrics, clock } = context
  const duration = metrics.histogram({ name: 'batch_run_seconds', help: 'Duration of a run.', labels: ['outcome'], buckets: [0.1, 1, 10, 60, 600] })
  // Without a first 0 the first failure of a process would be no increase.
  duration.zero({ outcome: 'failed' })
  const boundary = metrics.gauge({ name: 'batch_boundary_seconds', help: 'Boundary of the newest run of this process.' })
  const rowsRead = metrics.gauge({ name: 'batch_rows_read', help: 'Rows that the newest run of this process read.' })
  const layer: BatchLayer = {
    ...parts,
    owner: context.newId(),
    newId: context.newId,
    signal: context.signal,
    leaseMs: config.BATCH_LEASE_MS,
    rowsTimeoutMs: config.BATCH_ROWS_TIMEOUT_MS,
    keepRuns: config.BATCH_KEEP_RUNS,
    sweepGraceMs: config.BATCH_SWEEP_GRACE_MS,
    sleep: (durationMs) => sleep(durationMs, undefined, { signal: context.signal }),
  }
  const runOnce = async (): Promise<BatchResult> => {
    const startedAt = clock.elapsed()
    const progress = createProgress({ output: process.stderr, logger, now: () => clock.elapsed() })
    try {
      const result = await runBatch({ ...layer, onProgress: progress.show })
      duration.observe({ outcome: result.outcome }, (clock.elapsed() - startedAt) / 1000)
      if (result.outcome === 'published') tell(result)
      return result
    } catch (error) {
      duration.observe({ outcome: 'failed' }, (clock.elapsed() - startedAt) / 1000)
      throw error
    } finally {
      progress.end()
    }
  }
  const tell = (result: Extract<BatchResult, { outcome: 'published' }>): void => {
    boundary.set(result.boundary / 1000)
    rowsRead.set(result.rowsRead)
    logger.info('run published', { ...result, boundary: new Date(result.boundary).toISOString() })
  }
  return { runOnce, runByCron: () => runByCron(context, config.BATCH_CRON, runOnce) }
}

/** A missed or overlapping execution is told by node-cron itself, and is no fault: the next run does the work. */
function toCronLogger(logger: Logger): CronLogger {
  const message = (text: string | Error): string => (text instanceof Error ? text.message : text)
  return {
    debug: (text) => logger.debug(message(text)),
    info: (text) => logger.debug(message(text)),
    warn: (text) => logger.info(message(text)),
    error: (text, error) => logger.error(message(text), { error }),
  }
}

/** A run that fails is logged and counted; the next one does what it left undone. */
function runByCron({ logger, signal, onStop }: ServiceContext, cron: string, runOnce: () => Promise<BatchResult>): void {
  let running: Promise<unknown> = Promise.resolve()
  const task = schedule(
    cron,
    () => {
      running = runOnce().catch((error: unknown) => signal.aborted || logger.error('run failed', { error }))
      return running
    },
    { timezone: 'UTC', noOverlap: true, name: 'batch-processor', logger: toCronLogger(logger) },
  )
  onStop('batch-processor', async () => {
    await task.destroy()
    await running
  })
}
