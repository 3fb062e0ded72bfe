/** How many events a socket may send. */
export interface Allowance {
  /** Takes one event: it is within the rate, or the first of a row beyond it, or one of the rest, or there were so many that the socket should go. */
  take(): 'allowed' | 'refused' | 'ignored' | 'flood'
}

/** So many seconds' worth of events beyond the rate, without a pause in which the allowance fills up, are a flood. */
const patienceSeconds = 5

/** A token bucket: `perSecond` events a second, as many at once after a pause. `elapsed` is in milliseconds. */
export function createAllowance({ perSecond, elapsed }: { perSecond: number; elapsed: () => number }): Allowance {
  let left = perSecond
  let refused = 0
  let at = elapsed()
  return {
    take() {
      const now = elapsed()
      left = Math.min(perSecond, left + ((now - at) / 1000) * perSecond)
      at = now
      if (left === perSecond) refused = 0
      if (left >= 1) {
        left -= 1
        return 'allowed'
      }
      refused += 1
      if (refused > perSecond * patienceSeconds) return 'flood'
      return refused === 1 ? 'refused' : 'ignored'
    },
  }
}
