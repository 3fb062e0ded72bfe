import { createRequire } from 'node:module'

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/**
 * kafkajs 2.2.4 arms a timer after every answer, also when no request waits: for `throttledUntil - Date.now()`, which
 * is minus 1.8e12 unless the broker throttles. Node 24 prints a TimeoutNegativeWarning; every Node makes it one
 * millisecond, after which the timer arms itself again: a thousand wake-ups a second for each idle connection. No
 * option avoids that code path, so this one method now does nothing when nothing waits; a request that has to wait
 * calls it again (`push`), so none is forgotten. Every other kafkajs than the one looked at is left as it is.
 */
export function guardIdleTimers(): void {
  const require = createRequire(import.meta.url)
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== '2.2.4') return
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  const original = prototype.scheduleCheckPendingRequests
  if (original.name === guarded) return
  prototype.scheduleCheckPendingRequests = {
    [guarded](this: RequestQueue): void {
      if (this.pending.length > 0) original.call(this)
    },
  }[guarded]!
}

const guarded = 'scheduleCheckWhenRequestsWait'
