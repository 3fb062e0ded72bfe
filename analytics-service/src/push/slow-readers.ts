import type { Vector } from '../live/live-feed.ts'
import type { Reader } from './reader.ts'
import { looksPerHeartbeat, type StreamLimits } from './stream-limits.ts'

/** Readers who have not taken what was written. Nothing more is written to them, so that they cost nobody anything. */
export interface SlowReaders {
  /** Waits for a reader who was told everything up to a place. */
  add(reader: Reader, told: Vector): void
  remove(reader: Reader): void
  /** Ends those who were waited for long enough, and answers how many. */
  drop(): number
}

interface SlowReadersOptions {
  readonly limits: StreamLimits
  readonly elapsed: () => number
  /** A reader has taken it all, and goes on where it stood. */
  readonly onTaken: (reader: Reader, told: Vector) => void
}

export function createSlowReaders({ limits, elapsed, onTaken }: SlowReadersOptions): SlowReaders {
  const slowSince = new Map<Reader, number>()
  return {
    add(reader, told) {
      slowSince.set(reader, elapsed())
      reader.sink.whenTaken(() => {
        if (slowSince.delete(reader)) onTaken(reader, told)
      })
    },
    remove: (reader) => void slowSince.delete(reader),
    drop() {
      const now = elapsed()
      let dropped = 0
      for (const [reader, since] of slowSince) {
        const { sink } = reader
        const patienceMs = sink.heldBytes > limits.maxHeldBytes ? limits.patienceMs / looksPerHeartbeat : limits.patienceMs
        if (now - since < patienceMs) continue
        slowSince.delete(reader)
        sink.destroy()
        dropped += 1
      }
      return dropped
    },
  }
}
