import type { PartitionWork } from './partition-work.ts'

export interface FlushTimes {
  /** Milliseconds since some moment; never steps. */
  readonly elapsed: () => number
  readonly onFlushed: (durationMs: number) => void
  /** An attempt failed; whoever flushes decides whether there is another one. */
  readonly onFlushFailed: () => void
}

/** The same work; tells how long each attempt to store something takes. */
export function timeFlushes({ flush, ...work }: PartitionWork, { elapsed, onFlushed, onFlushFailed }: FlushTimes): PartitionWork {
  return {
    ...work,
    flush(progress) {
      const store = flush(progress)
      return async () => {
        const startedAt = elapsed()
        try {
          await store()
        } catch (error) {
          onFlushFailed()
          throw error
        }
        onFlushed(elapsed() - startedAt)
      }
    },
  }
}
