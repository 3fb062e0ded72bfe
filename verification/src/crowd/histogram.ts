import type { Percentiles } from '../latencies.ts'

/** How often each duration came, in whole milliseconds; `[duration, times, duration, times, ...]` between processes. */
export type PackedHistogram = readonly number[]

/** Durations far too many to keep each of them: one number for each millisecond that the longest one took. */
export interface Histogram {
  note(durationMs: number, times?: number): void
  add(packed: PackedHistogram): void
  readonly count: number
  pack(): PackedHistogram
  /** By nearest rank, rounded down to milliseconds; all 0 when there is none. */
  percentiles(): Percentiles
}

/** Whatever takes longer counts as this long. Milliseconds. */
const longestMs = 600_000

export function createHistogram(): Histogram {
  let times = new Float64Array(1024)
  let count = 0
  const note = (durationMs: number, more = 1): void => {
    const at = Math.min(longestMs, Math.max(0, Math.floor(durationMs)))
    if (at >= times.length) times = enlarge(times, at)
    times[at]! += more
    count += more
  }
  const rank = (share: number): number => {
    let left = Math.max(1, Math.ceil(share * count))
    return Math.max(0, times.findIndex((more) => (left -= more) <= 0))
  }
  return {
    note,
    add(packed) {
      for (let at = 0; at < packed.length; at += 2) note(packed[at]!, packed[at + 1])
    },
    get count() {
      return count
    },
    pack: () => [...times].flatMap((more, at) => (more > 0 ? [at, more] : [])),
    percentiles() {
      if (count === 0) return { p50: 0, p95: 0, p99: 0, max: 0 }
      return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: rank(1) }
    },
  }
}

function enlarge(times: Float64Array<ArrayBuffer>, at: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(2 * times.length, at + 1))
  larger.set(times)
  return larger
}
