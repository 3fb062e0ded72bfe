import { TwofoldError } from '@twofold/core/errors.ts'
import type { EventLog, NewRecord } from '@twofold/core/ports/event-log.ts'

export interface AppendLimits {
  /** How long a request waits for the log. */
  readonly appendTimeoutMs: number
  /** How many requests may wait for the log. */
  readonly maxWaiting: number
  /** How much all that wait may hold, in UTF-16 code units of their values; a last one may go beyond. */
  readonly maxWaitingSize: number
}

/**
 * Appends to the log, for a bounded time and from a bounded backlog.
 * - Rejects with QUEUE_FULL at once when too much waits already: nothing was stored.
 * - Rejects with LOG_UNAVAILABLE after the time: the log may still store the records.
 */
export interface Appender {
  append(topic: string, records: readonly NewRecord[]): Promise<void>
  /** Requests that the log has not answered yet. One that timed out waits on: the log still holds its records. */
  waiting(): number
}

export function createAppender(log: Pick<EventLog, 'append'>, limits: AppendLimits): Appender {
  const { appendTimeoutMs, maxWaiting, maxWaitingSize } = limits
  let waiting = 0
  let waitingSize = 0
  const settle = (size: number): void => {
    waiting -= 1
    waitingSize -= size
  }
  return {
    waiting: () => waiting,
    append: (topic, records) => new Promise((resolve, reject) => {
      if (waiting >= maxWaiting || waitingSize >= maxWaitingSize) throw queueFull()
      const size = sizeOf(records)
      const appending = log.append(topic, records)
      waiting += 1
      waitingSize += size
      const timer = setTimeout(() => reject(tooSlow(appendTimeoutMs)), appendTimeoutMs)
      const end = (): void => {
        clearTimeout(timer)
        settle(size)
      }
      appending.then(() => (end(), resolve()), (error: unknown) => (end(), reject(error as Error)))
    }),
  }
}

function sizeOf(records: readonly NewRecord[]): number {
  let size = 0
  for (const { value } of records) size += value?.length ?? 0
  return size
}

function queueFull(): TwofoldError {
  return new TwofoldError('QUEUE_FULL', 'too many requests wait for the event log; nothing was stored')
}

function tooSlow(timeoutMs: number): TwofoldError {
  return new TwofoldError('LOG_UNAVAILABLE', `the event log did not answer within ${timeoutMs} ms`)
}
