import type { LogRecord } from '@twofold/core/ports/event-log.ts'

/** How far a partition was taken: the next offset, and the appended time of what lies before it (milliseconds). */
export interface Progress {
  readonly nextOffset: number
  readonly appendedAt: number
}

/** What a service does with one partition while it is assigned. */
export interface PartitionWork {
  /** Where to begin reading, and the appended time that the log had there. */
  readonly start: Progress
  /** Takes in the next event record (never a tick), in order. Synchronous: it may only change memory. */
  fold(record: LogRecord, appendedAt: number): void
  /**
   * Takes everything folded so far out of memory and answers how to store it together with the progress that it
   * covers. The answered function is called until it succeeds or fails for good, so it must be safe to repeat.
   */
  flush(progress: Progress): () => Promise<void>
}
