import { TwofoldError } from '@twofold/core/errors.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { BatchProcessor } from './start-batch-processor.ts'

/** A job whose stores don't come must fail rather than wait: the job runner tries again. Answers how to call that off. */
export function limitStart({ fail }: ServiceContext, timeoutMs: number): () => void {
  const late = (): void => fail(new TwofoldError('STORE_UNAVAILABLE', `the event log or the row store did not open within ${timeoutMs} ms`))
  const timer = setTimeout(late, timeoutMs)
  return () => clearTimeout(timer)
}

/** One run for a job runner: ends with 0 when it published, found nothing new or another run holds the lease; 1 when it failed. */
export async function runAndExit({ logger, stop }: ServiceContext, batch: BatchProcessor): Promise<void> {
  const { outcome } = await batch.runOnce()
  logger.info('run ended', { outcome })
  stop()
}
