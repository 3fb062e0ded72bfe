import type { KeptCorrection } from '@twofold/core/live/report.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
import type { PastContent } from '@twofold/core/live/load-past.ts'
import type { CellUpdate } from '@twofold/core/live/updates.ts'
import type { StateRow } from '@twofold/core/serving/merge-rows.ts'
import { slicesSince } from '@twofold/core/serving/read-speed.ts'
import { type Layers, readBatch } from '@twofold/core/serving/read-view.ts'
import { finestStep } from '@twofold/core/serving/steps.ts'
import { type Slice, sliceOf } from '@twofold/core/slices/slice.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'

export interface PastQuestion {
  readonly view: View
  readonly past: Past
  /** Cells of this slice and later ones are told by the updates. */
  readonly toldFrom: Slice
  readonly readCorrections: () => Promise<readonly KeptCorrection[]>
}

/** What both layers hold of one key's past: the newest run's rows, and the cells since that no update will tell of. */
export async function readPast(layers: Layers, { view, past, toldFrom, readCorrections }: PastQuestion): Promise<PastContent> {
  const version = storedVersion(view, layers.settings)
  const [run, positions, corrections] = await Promise.all([
    layers.rows.readNewestRun({ view: view.name, version }),
    layers.counters.readPositions(view.name, version),
    readCorrections(),
  ])
  // A bucket of all time overlaps every range, others begin later than the earliest time there is.
  const range = past.until === Number.POSITIVE_INFINITY ? { from: past.from, until: past.from + 1 } : { from: past.from, until: past.until }
  const known = positions.map((position) => ({ ...position, appendedAt: Math.min(position.appendedAt, toldFrom - 1) }))
  const slices = slicesSince(run, known, layers.settings)
  const partitions = positions.map(({ partition }) => partition)
  const cellQuery = { view: view.name, version, slices, partitions, keys: [past.key], ...range }
  const cells = slices.length === 0 || partitions.length === 0 ? [] : await layers.counters.readCells(cellQuery)
  const rows: StateRow[] = []
  for await (const row of readBatch(layers, view, run, { step: finestStep(view) }, { keys: [past.key], ...range })) rows.push(row)
  return {
    boundary: run ? sliceOf(run.boundary, layers.settings.sliceMs) : 0,
    rows,
    cells: cells.map(({ state, ...cell }): CellUpdate => ({ ...cell, state: JSON.parse(state) as unknown })),
    corrections,
  }
}
