import { allTimeStep, type Bucket, untilOf } from '../views/resolutions.ts'
import type { Around, View } from '../views/view.ts'
import type { StateRow } from './merge-rows.ts'
import { createSlidingMerge } from './sliding-merge.ts'

/** What a reader sees of a state: what the view shows of it, or else its fold. */
export function shownValue(view: View, state: unknown, around: Around): unknown {
  return view.showing ? view.showing.show(state, around) : view.fold.valueOf(state)
}

/**
 * What lies around a row or a window, `stepMs` long. `earlier` are rows of the same key, in any order; those that lie
 * within the view's `baselineMs` right before the row, as a whole, are its baseline.
 */
export function aroundOf(view: View, row: Bucket, earlier: readonly StateRow[]): Around {
  const since = baselineSince(view, row)
  const before = earlier.filter((one) => one.stepMs !== allTimeStep && one.from >= since && untilOf(one) <= row.from)
  if (before.length === 0) return aroundNothing(row)
  const state = before.map((one) => one.state).reduce((merged, one) => view.fold.merge(merged, one))
  return { lengthMs: row.stepMs, baseline: { state, lengthMs: row.from - Math.min(...before.map(({ from }) => from)) } }
}

/** The same for many rows of one key at once. Both lists are in order, and no two of the `earlier` rows overlap. */
export function aroundsOf(view: View, rows: readonly Bucket[], earlier: readonly StateRow[]): Around[] {
  const dated = earlier.filter(({ stepMs }) => stepMs !== allTimeStep)
  const sliding = createSlidingMerge(view)
  let next = 0
  return rows.map((row) => {
    const since = baselineSince(view, row)
    if (since === Number.POSITIVE_INFINITY) return aroundNothing(row)
    while (next < dated.length && untilOf(dated[next]!) <= row.from) sliding.push(dated[next++]!)
    sliding.dropBefore(since)
    const { oldest, state } = sliding
    return oldest ? { lengthMs: row.stepMs, baseline: { state, lengthMs: row.from - oldest.from } } : aroundNothing(row)
  })
}

/** Where the baseline of a row begins; Infinity where it has none. */
export function baselineSince({ showing }: View, { stepMs, from }: Bucket): number {
  if (!showing || stepMs === allTimeStep || stepMs >= showing.baselineMs) return Number.POSITIVE_INFINITY
  return from - showing.baselineMs
}

function aroundNothing({ stepMs }: Bucket): Around {
  return { lengthMs: stepMs === allTimeStep ? null : stepMs, baseline: null }
}
