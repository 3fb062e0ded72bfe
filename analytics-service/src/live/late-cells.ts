import type { LiveView } from '@twofold/core/live/live-view.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
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

export interface LateCellsOptions {
  /** Reads a stretch of the past for an update at a place; rejects where it can't be read now. */
  readonly readPast: (view: View, past: Past, place: Place) => Promise<PastContent>
  /** The stores can't be read: cells that need them wait, others go on. */
  readonly onWait: (error: unknown) => void
  /** Milliseconds since some moment. */
  readonly elapsed: () => number
}

/** Takes cells in that are about a past which is not held in memory: it is read from the stores first. */
export interface LateCells {
  /** Reads what the cells of a batch need together: one after the other would take a store's answer time each. */
  prepare(batch: readonly PlacedCell[]): Promise<void>
  take(placed: PlacedCell): Promise<void>
  /** Takes in what waited, at a later place: readers who have passed its own have not heard of it. */
  retry(place: Place): Promise<void>
  load(liveView: LiveView, past: Past, place: Place): Promise<void>
}

/** Cells that wait for a store; with more than this everything waits. */
const maxWaiting = 100_000
const pauseMs = 1000
const readsAtOnce = 16

export function createLateCells({ readPast, onWait, elapsed }: LateCellsOptions): LateCells {
  const waiting: PlacedCell[] = []
  let pausedUntil = Number.NEGATIVE_INFINITY

  /** What the updates at hand will tell is left out, or they would seem to change nothing. */
  const read = async (liveView: LiveView, past: Past, place: Place, told: ReadonlySet<string>): Promise<void> => {
    const content = await readPast(liveView.view, past, place)
    liveView.load(past, { ...content, cells: content.cells.filter((cell) => !told.has(nameOf(cell))) }, place)
  }
  /** Reading may show that more is needed: a bucket that reaches further, or a session. */
  const takeNow = async ({ liveView, cell, place }: PlacedCell): Promise<void> => {
    const told = new Set([nameOf(cell)])
    for (let past = liveView.missingFor(cell); past; past = liveView.missingFor(cell)) await read(liveView, past, place, told)
    liveView.takeCell(cell, place)
  }
  const retry = async ({ place }: Place): Promise<void> => {
    if (elapsed() < pausedUntil) return
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        await takeNow({ ...next, place: { ...next.place, place } })
        waiting.shift()
      } catch (error) {
        pausedUntil = elapsed() + pauseMs
        onWait(error)
        if (waiting.length > maxWaiting) throw error
        return
      }
    }
  }
  return {
    retry,
    load: (liveView, past, place) => read(liveView, past, place, new Set()),
    async prepare(batch) {
      if (waiting.length > 0) return
      const told = new Set(batch.map(({ cell }) => nameOf(cell)))
      const reads = [...pastsOf(batch).values()]
      try {
        while (reads.length > 0) await Promise.all(reads.splice(0, readsAtOnce).map(({ liveView, past, place }) => read(liveView, past, place, told)))
      } catch (error) {
        onWait(error)
      }
    },
    async take(placed) {
      waiting.push(placed)
      if (waiting.length === 1) await retry(placed.place)
    },
  }
}

/** Each stretch once; all at the place of the first cell: places don't step back. */
function pastsOf(batch: readonly PlacedCell[]): Map<string, { liveView: LiveView; past: Past; place: Place }> {
  const pasts = new Map<string, { liveView: LiveView; past: Past; place: Place }>()
  for (const { liveView, cell, place } of batch) {
    const past = liveView.missingFor(cell)
    const name = past && JSON.stringify([liveView.view.name, past.key, past.from, past.until])
    if (name && !pasts.has(name)) pasts.set(name, { liveView, past, place: { ...place, place: batch[0]!.place.place } })
  }
  return pasts
}

function nameOf({ view, slice, partition, key, stepMs, from }: CellUpdate): string {
  return `${view}/${slice}/${partition}/${stepMs}/${from}/${key}`
}
