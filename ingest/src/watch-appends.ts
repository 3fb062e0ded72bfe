import type { EventLog } from '@twofold/core/ports/event-log.ts'

/** So long after a failed append a process is not ready. Then it is tried again: nobody else would find out. */
const failingMs = 10_000

export interface WatchedLog {
  readonly log: Pick<EventLog, 'append'>
  /** Throws while the newest append failed a moment ago: a log on a full disk answers a ping all the same. */
  refuseFailing(): void
}

/** Remembers how the newest append ended. `elapsed` is in milliseconds. */
export function watchAppends(log: Pick<EventLog, 'append'>, elapsed: () => number): WatchedLog {
  let failedAt = Number.NEGATIVE_INFINITY
  let reason = ''
  const append: EventLog['append'] = async (topic, records) => {
    try {
      const appended = await log.append(topic, records)
      failedAt = Number.NEGATIVE_INFINITY
      return appended
    } catch (error) {
      failedAt = elapsed()
      reason = error instanceof Error ? error.message : String(error)
      throw error
    }
  }
  return {
    log: { append },
    refuseFailing() {
      if (elapsed() - failedAt < failingMs) throw new Error(reason)
    },
  }
}
