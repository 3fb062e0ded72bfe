import type { Metrics } from '@twofold/runtime/metrics.ts'

/** Counts what streams cost. */
export interface StreamMeter {
  opened(): void
  closed(): void
  /** A frame of so many bytes went to so many readers. */
  sent(readers: number, bytes: number): void
  /** So many readers were too slow. */
  dropped(readers: number): void
}

export function createStreamMeter(metrics: Metrics): StreamMeter {
  const readers = metrics.gauge({ name: 'stream_subscribers', help: 'Readers of server-sent events.' })
  const frames = metrics.counter({ name: 'stream_frames_total', help: 'Buffers written to readers: one for each reader and tick.' })
  const bytes = metrics.counter({ name: 'stream_bytes_total', help: 'Bytes written to readers.' })
  const dropped = metrics.counter({ name: 'stream_dropped_total', help: 'Readers that did not take in time what was written.' })
  return {
    opened: () => readers.inc(),
    closed: () => readers.dec(),
    sent(count, size) {
      frames.inc(count)
      bytes.inc(count * size)
    },
    dropped: (count) => dropped.inc(count),
  }
}

/** How long all listeners of a view take to publish one tick. */
export function measurePublishing(metrics: Metrics): (view: { readonly name: string }, durationMs: number) => void {
  const durations = metrics.histogram({
    name: 'publish_duration_seconds',
    help: 'Time in which everybody who listens was told of one tick.',
    labels: ['view'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  })
  return ({ name }, durationMs) => durations.observe({ view: name }, durationMs / 1000)
}
