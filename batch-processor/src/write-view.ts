import { allTimeFrom, type RowStore, type RunRow, totalStepMs, type ViewVersion } from '@twofold/core/ports/row-store.ts'
import type { FoldedView } from './fold-history.ts'

const rowsPerWrite = 5_000

/** Writes the buckets of a folded view, and for a view with buckets the total of each key, which saves readers a sum. */
export async function writeView(rows: RowStore, run: number, version: ViewVersion, folded: FoldedView): Promise<void> {
  let chunk: RunRow[] = []
  for (const row of rowsOf(folded)) {
    chunk.push(row)
    if (chunk.length < rowsPerWrite) continue
    await rows.writeRunRows(run, version, chunk)
    chunk = []
  }
  if (chunk.length > 0) await rows.writeRunRows(run, version, chunk)
}

function* rowsOf({ view, results }: FoldedView): Iterable<RunRow> {
  const totals = new Map<string, unknown>()
  for (const { key, stepMs, from, state } of results.groups()) {
    yield { key, stepMs, from, state: JSON.stringify(state) }
    // Not `??`: null is a state, and says more than nothing (`distinct`: too many to tell).
    if (view.resolutions.length > 0) totals.set(key, totals.has(key) ? view.fold.merge(totals.get(key), state) : state)
  }
  const { roll = (state: unknown) => state } = view.fold
  for (const [key, total] of totals) yield { key, stepMs: totalStepMs, from: allTimeFrom, state: JSON.stringify(roll(total)) }
}
