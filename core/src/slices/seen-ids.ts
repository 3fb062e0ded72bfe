/** Decides about repeats in one partition, from the stretch of log within the horizon alone. */
export interface SeenIds {
  /**
   * Notes an id and answers whether a record with it stands within the horizon before. Call it for every record that
   * parses, counted or not, in the order of the log; `appendedAt` (milliseconds) never steps back.
   */
  isRepeat(id: string, appendedAt: number): boolean
  /** How many ids are held: those of one to two horizons. */
  readonly size: number
}

/**
 * Two generations instead of one map with expiry: an id is looked up in both and noted in the newer one, and a
 * generation is dropped whole once all of it lies before the horizon. No deletions, no scan.
 */
export function createSeenIds(horizonMs: number): SeenIds {
  let newer = new Map<string, number>()
  let older = new Map<string, number>()
  let newerSince = Number.NEGATIVE_INFINITY

  const turn = (appendedAt: number): void => {
    if (appendedAt - newerSince <= horizonMs) return
    older = newer
    newer = new Map()
    newerSince = appendedAt
  }
  return {
    isRepeat(id, appendedAt) {
      turn(appendedAt)
      const seenAt = newer.get(id) ?? older.get(id)
      newer.set(id, appendedAt)
      return seenAt !== undefined && appendedAt - seenAt <= horizonMs
    },
    get size() {
      return newer.size + older.size
    },
  }
}
