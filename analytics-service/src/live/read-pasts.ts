import { TwofoldError } from '@twofold/core/errors.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
import type { LiveView } from '@twofold/core/live/live-view.ts'
import type { PastContent } from '@twofold/core/live/load-past.ts'
import type { Place } from '@twofold/core/live/report.ts'
import type { CellUpdate } from '@twofold/core/live/updates.ts'
import type { View } from '@twofold/core/views/view.ts'

/** A cell that an update told, and where. */
export interface PlacedCell {
  readonly liveView: LiveView
  readonly cell: CellUpdate
  readonly place: Place
}

/** Reads a stretch of the past for an update at a place; rejects where it can't be read now. */
export type ReadPast = (view: View, past: Past, place: Place) => Promise<PastContent>

/** A stretch of the past as the stores held it, and the cell for which it was read. */
export interface FoundPast {
  readonly asked: PlacedCell
  readonly past: Past
  readonly content: PastContent
}

const readsAtOnce = 16

/** Reads what is missing for a cell; rejects with STORE_UNAVAILABLE. */
export async function readOne(readPast: ReadPast, asked: PlacedCell, past: Past): Promise<FoundPast> {
  try {
    return { asked, past, content: await readPast(asked.liveView.view, past, asked.place) }
  } catch (cause) {
    throw new TwofoldError('STORE_UNAVAILABLE', 'the past of a late event can not be read', { cause })
  }
}

/** Reads what is missing for cells, each stretch once: what could be read, in order, and why there is no more of it. */
export async function readPasts(readPast: ReadPast, cells: readonly PlacedCell[]): Promise<{ found: FoundPast[]; failure: Error | undefined }> {
  const reads = pastsOf(cells)
  const found: FoundPast[] = []
  let failure: Error | undefined
  for (let at = 0; at < reads.length && failure === undefined; at += readsAtOnce) {
    const batch = reads.slice(at, at + readsAtOnce)
    // One that fails must not leave others behind that end later, at a place that is long past.
    for (const read of await Promise.allSettled(batch.map(({ asked, past }) => readOne(readPast, asked, past)))) {
      if (read.status === 'fulfilled') found.push(read.value)
      else failure ??= read.reason as Error
    }
  }
  return { found, failure }
}

function pastsOf(cells: readonly PlacedCell[]): { asked: PlacedCell; past: Past }[] {
  const pasts = new Map<string, { asked: PlacedCell; past: Past }>()
  for (const asked of cells) {
    const past = asked.liveView.missingFor(asked.cell)
    const name = past && JSON.stringify([asked.liveView.view.name, past.key, past.from, past.until])
    if (name && !pasts.has(name)) pasts.set(name, { asked, past })
  }
  return [...pasts.values()]
}
