import { untilOf } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import { type AlignedWindow, type WindowRange, windowsAround } from '../views/windows.ts'
import type { StateRow } from './merge-rows.ts'
import { createSlidingMerge } from './sliding-merge.ts'

/**
 * The windows of one key that hold something, as rows as long as they are, in order. `buckets` come in order and no two
 * of them overlap; none is of all time. Each row is exact: a window that a coarser bucket crosses an edge of can't be told, and
 * what is in no other window is given as the buckets themselves. No two rows begin at one time.
 */
export function* alignedWindows(view: View, window: AlignedWindow, buckets: readonly StateRow[]): Iterable<StateRow> {
  const [startsWithin, endsWithin] = [createCrossing(buckets), createCrossing(buckets)]
  const sum = createSumming(view, buckets)
  let newest = Number.NEGATIVE_INFINITY
  let shown: WindowRange | undefined
  for (const bucket of buckets) {
    // Those of earlier buckets that hold this one too were looked at then.
    for (const range of windowsAround(window, { from: bucket.from, until: untilOf(bucket) })) {
      if (range.from <= newest) continue
      newest = range.from
      if (startsWithin(range.from) || endsWithin(range.until)) continue
      shown = range
      yield { key: bucket.key, stepMs: range.until - range.from, from: range.from, state: sum(range) }
    }
    const isShown = shown !== undefined && shown.until >= untilOf(bucket)
    if (!isShown) yield { key: bucket.key, stepMs: bucket.stepMs, from: bucket.from, state: bucket.state }
  }
}

/** Whether a time lies within a bucket and not at its edge; asked of times that only grow. */
function createCrossing(buckets: readonly StateRow[]): (time: number) => boolean {
  let at = 0
  return (time) => {
    while (at < buckets.length && untilOf(buckets[at]!) <= time) at++
    return at < buckets.length && buckets[at]!.from < time
  }
}

/** The state of everything in a range whose edges no bucket crosses; asked of ranges that only move on. */
function createSumming(view: View, buckets: readonly StateRow[]): (range: WindowRange) => unknown {
  const sliding = createSlidingMerge(view)
  let next = 0
  return ({ from, until }) => {
    while (next < buckets.length && untilOf(buckets[next]!) <= until) sliding.push(buckets[next++]!)
    sliding.dropBefore(from)
    return sliding.state
  }
}
