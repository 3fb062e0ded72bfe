/** Milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Every duration, exactly: eight bytes each. */
export interface Latencies {
  note(durationMs: number): void
  readonly count: number
  /** By nearest rank; all 0 when there is none. */
  percentiles(): Percentiles
}

export function createLatencies(): Latencies {
  let durations = new Float64Array(1024)
  let count = 0
  return {
    note(durationMs) {
      if (count === durations.length) {
        const larger = new Float64Array(2 * count)
        larger.set(durations)
        durations = larger
      }
      durations[count++] = durationMs
    },
    get count() {
      return count
    },
    percentiles() {
      const sorted = durations.slice(0, count).sort()
      const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0
      return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: rank(1) }
    },
  }
}

export function describePercentiles({ p50, p95, p99, max }: Percentiles): string {
  return `p50 ${round(p50)}, p95 ${round(p95)}, p99 ${round(p99)}, longest ${round(max)}`
}

function round(durationMs: number): string {
  return `${durationMs.toFixed(durationMs < 10 ? 1 : 0)} ms`
}
