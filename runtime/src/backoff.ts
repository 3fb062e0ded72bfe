import { setTimeout as wait } from 'node:timers/promises'
import { isRetriable } from '@twofold/core/errors.ts'

export interface RetryOptions {
  /** Which failures are worth another attempt; those of the closed list that say so, unless told otherwise. */
  readonly isRetriable?: (error: unknown) => boolean
  readonly minMs: number
  readonly maxMs: number
  readonly random?: () => number
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Ends the waiting at once; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  readonly onRetry?: (failure: { error: unknown; attempt: number; delayMs: number }) => void
}

/**
 * Runs the action until it succeeds, fails for good or is aborted. Between two attempts it waits a random time of up
 * to `minMs * 2^attempt`, at most `maxMs`: full jitter, so that many clients of a store that returns do not arrive
 * together.
 */
export async function retry<T>(action: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { sleep = sleepUntilAborted, signal } = options
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted()
    try {
      return await action(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(options.isRetriable ?? isRetriable)(error)) throw error
      const delayMs = jitteredDelayMs(attempt, options)
      options.onRetry?.({ error, attempt, delayMs })
      await sleep(delayMs, signal)
    }
  }
}

function jitteredDelayMs(attempt: number, { minMs, maxMs, random = Math.random }: RetryOptions): number {
  return Math.round(random() * Math.min(maxMs, minMs * 2 ** attempt))
}

async function sleepUntilAborted(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
}
