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

/** Ids with when each was seen last, in milliseconds since the first of them: small numbers cost a map no memory. */
interface Generation {
  readonly since: number
  readonly ids: Map<string, number>
}

/**
 * Two generations instead of one map with expiry: an id is noted in the newer one, and a generation is dropped whole
 * once all of it lies before the horizon. No deletions, no scan. The newer one spans no more than the horizon, so an id
 * that it held already is a repeat whenever it was seen: one look at most goes to the older one.
 */
export function createSeenIds(horizonMs: number): SeenIds {
  let newer: Generation = { since: Number.NEGATIVE_INFINITY, ids: new Map() }
  let older = newer

  const turn = (appendedAt: number): void => {
    if (appendedAt - newer.since <= horizonMs) return
    older = newer
    newer = { since: appendedAt, ids: new Map() }
  }
  return {
    isRepeat(id, appendedAt) {
      turn(appendedAt)
      const { ids, since } = newer
      const { size } = ids
      ids.set(id, appendedAt - since)
      if (ids.size === size) return true
      const seenAt = older.ids.get(id)
      return seenAt !== undefined && appendedAt - older.since - seenAt <= horizonMs
    },
    get size() {
      return newer.ids.size + older.ids.size
    },
  }
}
