import type { Slice } from '../slices/slice.ts'
import type { Bucket } from '../views/resolutions.ts'
import { isWithin, overlaps, type WindowRange } from '../views/windows.ts'
import { loadCell, rebase } from './live-bucket.ts'
import { type LiveKey, openBucket, rangeOf } from './live-key.ts'
import type { KeptCorrection } from './report.ts'
import type { CellUpdate } from './updates.ts'

/** What the stores know of a stretch of one key's past. */
export interface PastContent {
  /** First slice that the batch rows don't hold; 0 when there was no run. */
  readonly boundary: Slice
  /** Every batch row that overlaps the stretch. */
  readonly rows: readonly (Bucket & { readonly state: unknown })[]
  /** Cells of the slices since the boundary that the updates don't tell of any more. */
  readonly cells: readonly CellUpdate[]
  /** The newest correction of each window that has one. */
  readonly corrections: readonly KeptCorrection[]
}

/** Puts what was read below what the updates told. May be repeated with a later boundary. */
export function loadPast(key: LiveKey, range: WindowRange, { boundary, rows, cells }: PastContent): void {
  const asked = rows.filter((row) => overlaps(rangeOf(row), range))
  const states = new Map(asked.map(({ state, ...bucket }) => [openBucket(key, bucket), state]))
  for (const ofStep of key.buckets.values()) {
    for (const bucket of ofStep.values()) {
      if (states.has(bucket) || isWithin(rangeOf(bucket), range)) rebase(bucket, boundary, states.get(bucket))
    }
  }
  for (const cell of cells) {
    if (!overlaps(rangeOf(cell), range)) continue
    loadCell(openBucket(key, { stepMs: cell.stepMs, from: cell.from }, boundary), cell)
  }
}

/** Everything that reading a range may change: rows are read whole. */
export function extentOf({ from, until }: WindowRange, { rows }: PastContent): WindowRange {
  const read = rows.map(rangeOf).filter((row) => overlaps(row, { from, until }))
  return { from: Math.min(from, ...read.map((row) => row.from)), until: Math.max(until, ...read.map((row) => row.until)) }
}
