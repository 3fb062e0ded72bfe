import { setTimeout as sleep } from 'node:timers/promises'
import { explainTls } from '../explain-tls.ts'
import { isPermanent, toLogError } from './failures.ts'

/** 0.1 s, doubled at each try up to `maxMs`. Times in milliseconds. */
export function backoffMs(failures: number, maxMs: number): number {
  return Math.min(100 * 2 ** Math.min(failures, 20), maxMs)
}

/**
 * Tries until it works, the failure is a permanent one, or the time is over. Rejects with a `TwofoldError`, after
 * `timeoutMs` at the latest even if `attempt` hangs.
 */
export async function patiently<Result>(
  doing: string,
  timeoutMs: number,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const over = Promise.withResolvers<never>()
  let last: unknown = new Error(`no answer within ${timeoutMs} ms`)
  let expired = false
  const timer = setTimeout(() => {
    expired = true
    over.reject(toLogError(last, doing))
  }, timeoutMs)
  const tryOn = async (): Promise<Result> => {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        // A certificate does not become better within seconds.
        if (expired || isPermanent(error) || explainTls(error) !== undefined) throw toLogError(error, doing)
        last = error
      }
      await sleep(backoffMs(failures, 1_000), undefined, { ref: false })
    }
  }
  try {
    return await Promise.race([tryOn(), over.promise])
  } finally {
    expired = true
    clearTimeout(timer)
  }
}

/** Waits for the promise, but no longer than that; its failure doesn't matter. */
export async function waitAtMost(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const settled = promise.catch(() => {}).then(() => over.abort())
  await Promise.race([settled, sleep(timeoutMs, undefined, { signal: over.signal }).catch(() => {})])
}
