import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import { createProgress } from './show-progress.ts'
import type { BatchProcessor } from './start-batch-processor.ts'

/** One run for a job runner: ends with 0 when it published, found nothing new or another run holds the lease; 1 when it failed. */
export async function runAndExit(context: ServiceContext, batch: BatchProcessor): Promise<null> {
  const { logger, clock } = context
  const result = await batch.runOnce(createProgress({ output: process.stderr, logger, now: () => clock.now() }))
  logger.info('run ended', { outcome: result.outcome })
  context.stop()
  return null
}
