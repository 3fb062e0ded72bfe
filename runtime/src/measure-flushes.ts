import type { Metrics } from './metrics.ts'

export interface FlushFigures {
  /** Names of the histogram and of the counter. */
  readonly seconds: string
  readonly failures: string
  /** Who flushes. */
  readonly layer: string
}

/** What becomes of the flushes of a topic. `elapsed`: milliseconds since some moment; never steps. */
export function measureFlushes(metrics: Metrics, elapsed: () => number, { seconds, failures: failed, layer }: FlushFigures) {
  const labels = ['topic'] as const
  const durations = metrics.histogram({
    name: seconds,
    help: `Time in which ${layer} stored a flush.`,
    labels,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  })
  const failures = metrics.counter({ name: failed, help: `Attempts of ${layer} to store a flush that failed.`, labels })
  return (topic: string) => {
    // From 0 on: an increase is not seen of a figure that begins with 1.
    failures.inc({ topic }, 0)
    return {
      elapsed,
      onFlushed: (durationMs: number) => durations.observe({ topic }, durationMs / 1000),
      onFlushFailed: () => failures.inc({ topic }),
    }
  }
}
