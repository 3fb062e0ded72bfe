import type { KeptCorrection } from '@twofold/core/live/report.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
import type { PastContent } from '@twofold/core/live/load-past.ts'
import type { CellUpdate } from '@twofold/core/live/updates.ts'
import type { PublishedRun, RunRow } from '@twofold/core/ports/row-store.ts'
import { slicesSince } from '@twofold/core/serving/read-speed.ts'
import type { Layers } from '@twofold/core/serving/read-view.ts'
import { type Slice, sliceOf } from '@twofold/core/slices/slice.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'

export interface PastQuestion {
  readonly view: View
  readonly past: Past
  /** Cells of this slice and later ones are told by the updates. */
  readonly toldFrom: Slice
  readonly readCorrections: () => Promise<readonly KeptCorrection[]>
}

const rowsPerRead = 2_000

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
  const slices = slicesSince(run, known, layers.settings).filter((slice) => slice < toldFrom)
  const partitions = positions.map(({ partition }) => partition)
  const cellQuery = { view: view.name, version, slices, partitions, keys: [past.key], ...range }
  const cells = slices.length === 0 || partitions.length === 0 ? [] : await layers.counters.readCells(cellQuery)
  return {
    boundary: run ? sliceOf(run.boundary, layers.settings.sliceMs) : 0,
    rows: run ? await readRows(layers, { run, view: view.name, version, key: past.key, ...range }) : [],
    cells: cells.map(({ state, ...cell }): CellUpdate => ({ ...cell, state: JSON.parse(state) as unknown })),
    corrections,
  }
}

interface RowQuestion {
  readonly run: PublishedRun
  readonly view: string
  readonly version: string
  readonly key: string
  readonly from: number
  readonly until: number
}

async function readRows({ rows }: Layers, { run, key, ...question }: RowQuestion): Promise<PastContent['rows']> {
  const found: RunRow[] = []
  for (let after: { key: string; from: number } | undefined; ; ) {
    const place = after ? { after } : {}
    const read = await rows.readRunRows({ ...question, run: run.run, keys: [key], totals: false, limit: rowsPerRead, ...place })
    found.push(...read)
    const last = read.at(-1)
    if (!last || read.length < rowsPerRead) break
    after = { key: last.key, from: last.from }
  }
  return found.map(({ stepMs, from, state }) => ({ stepMs, from, state: JSON.parse(state) as unknown }))
}
