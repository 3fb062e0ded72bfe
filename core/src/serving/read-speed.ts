import type { CellQuery, CounterStore, ViewPosition } from '../ports/counter-store.ts'
import type { PublishedRun } from '../ports/row-store.ts'
import { type SliceSettings, sliceOf, slicesBetween } from '../slices/slice.ts'
import { storedVersion, type View } from '../views/view.ts'
import { firstFolded } from './assess.ts'
import { mergeEqualRows, type StateRow } from './merge-rows.ts'

/** Which part of a view a reader asks for: half-open event-time range in milliseconds, absent for no restriction. */
export interface Range {
  readonly keys?: readonly string[]
  readonly from?: number
  readonly until?: number
}

/** Everything that the speed layer has folded of the slices since the boundary of a run, merged and in order; nothing without positions. */
export async function readSpeed(
  { counters, settings }: { counters: CounterStore; settings: SliceSettings },
  view: View,
  { run, positions }: { run: PublishedRun | null; positions: readonly ViewPosition[] | null },
  range: Range,
): Promise<StateRow[]> {
  if (positions === null) return []
  const query: CellQuery = {
    view: view.name,
    version: storedVersion(view, settings),
    slices: slicesSince(run, positions, settings),
    partitions: positions.map(({ partition }) => partition),
    ...range,
  }
  if (query.slices.length === 0 || query.partitions.length === 0) return []
  const cells = await counters.readCells(query)
  return mergeEqualRows(
    view,
    cells.map(({ key, stepMs, from, state }) => ({ key, stepMs, from, state: JSON.parse(state) as unknown })),
  )
}

/**
 * A clock that was far ahead must not make a query of a million slices. So many are read: longer than cells live, unless
 * slices are set to seconds and cells to days; what lies beyond is told as a clock that was ahead.
 */
const maxSlices = 100_000

/** The slices since the boundary of a run, as far as the positions reach; all of them where there is no run. */
export function slicesSince(run: PublishedRun | null, positions: readonly ViewPosition[], { sliceMs }: SliceSettings): number[] {
  const first = run?.boundary ?? firstFolded(positions)
  if (first === null) return []
  const newest = Math.max(...positions.map(({ appendedAt }) => appendedAt))
  return slicesBetween(sliceOf(first, sliceMs), Math.min(newest + 1, first + maxSlices * sliceMs), sliceMs)
}
