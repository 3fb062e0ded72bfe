import type { Metrics } from './metrics.ts'

/** What becomes of flushes, by topic. */
export interface FlushMeter {
  flushed(topic: string, durationMs: number): void
  failed(topic: string): void
}

export interface FlushFigures {
  /** Names of the histogram and of the counter. */
  readonly seconds: string
  readonly failures: string
  /** Who flushes. */
  readonly layer: string
}

export function measureFlushes(metrics: Metrics, { seconds, failures: failed, layer }: FlushFigures): FlushMeter {
  const labels = ['topic'] as const
  const durations = metrics.histogram({
    name: seconds,
    help: `Time in which ${layer} stored a flush.`,
    labels,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  })
  const failures = metrics.counter({ name: failed, help: `Attempts of ${layer} to store a flush that failed.`, labels })
  return {
    flushed: (topic, durationMs) => durations.observe({ topic }, durationMs / 1000),
    failed: (topic) => failures.inc({ topic }),
  }
}
