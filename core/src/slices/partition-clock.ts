/** The appended time of a partition: the running maximum of its records' own append times, so it never steps back. */
export interface PartitionClock {
  /** Moves on to a record's own append time and answers its appended time. Milliseconds. */
  stamp(timestamp: number): number
  readonly appendedAt: number
}

/** Begins at the appended time of the record before; 0 at the start of a partition. */
export function createPartitionClock(appendedAt: number): PartitionClock {
  let latest = appendedAt
  return {
    stamp: (timestamp) => (latest = Math.max(latest, timestamp)),
    get appendedAt() {
      return latest
    },
  }
}
