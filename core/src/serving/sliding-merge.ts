import type { View } from '../views/view.ts'
import type { StateRow } from './merge-rows.ts'

/** What a stretch of time holds that only ever moves on. */
export interface SlidingMerge {
  /** Takes in the next row. */
  push(row: StateRow): void
  /** Lets go of the rows that begin before a time. */
  dropBefore(time: number): void
  /** The oldest row that is held. */
  readonly oldest: StateRow | undefined
  /** All rows that are held, merged. */
  readonly state: unknown
}

interface Suffix {
  readonly row: StateRow
  /** The row and all younger ones of the old part. */
  readonly state: unknown
}

/**
 * Merges states of rows that come in order, two or three merges a row however many are held. A fold can't be taken back,
 * so the older part keeps the merge of each of its suffixes, newest first, and the younger part one merge of it all;
 * when the older part is used up, the younger one becomes it ("two stacks").
 */
export function createSlidingMerge({ fold }: Pick<View, 'fold'>): SlidingMerge {
  const old: Suffix[] = []
  let young: StateRow[] = []
  let youngState = fold.zero

  const turn = (): void => {
    let state = fold.zero
    for (const row of young.toReversed()) old.push({ row, state: (state = fold.merge(row.state, state)) })
    young = []
    youngState = fold.zero
  }
  return {
    push(row) {
      young.push(row)
      youngState = fold.merge(youngState, row.state)
    },
    dropBefore(time) {
      if (old.length === 0) turn()
      while (old.length > 0 && old.at(-1)!.row.from < time) {
        old.pop()
        if (old.length === 0) turn()
      }
    },
    get oldest() {
      return old.at(-1)?.row ?? young[0]
    },
    get state() {
      const oldest = old.at(-1)
      return oldest ? fold.merge(oldest.state, youngState) : youngState
    },
  }
}
