import type { Place } from '@twofold/core/live/report.ts'
import type { FoundPast, PlacedCell } from './read-pasts.ts'

/** What updates at hand will tell is left out of what was read, or they would seem to change nothing. */
export type Told = ReadonlySet<string>

export function namesOf(cells: readonly PlacedCell[]): Told {
  return new Set(cells.map(({ cell }) => nameOf(cell)))
}

/** Takes in what was read for a cell, at a place; nothing when another read brought it meanwhile. */
export function loadOne({ asked: { liveView, cell, place }, past, content }: FoundPast, { place: at }: Place, told: Told): void {
  if (!liveView.missingFor(cell)) return
  liveView.load(past, { ...content, cells: content.cells.filter((each) => !told.has(nameOf(each))) }, { ...place, place: at })
}

export interface LoadOptions {
  readonly place: Place
  readonly told: Told
  readonly onFault: (error: unknown) => void
}

/** The same for several, in order. Answers the cells of which the past makes no sense. */
export function loadFound(found: readonly FoundPast[], { place, told, onFault }: LoadOptions): ReadonlySet<PlacedCell> {
  const faulty = new Set<PlacedCell>()
  for (const each of found) {
    try {
      loadOne(each, place, told)
    } catch (error) {
      onFault(error)
      faulty.add(each.asked)
    }
  }
  return faulty
}

function nameOf({ view, slice, partition, key, stepMs, from }: PlacedCell['cell']): string {
  return `${view}/${slice}/${partition}/${stepMs}/${from}/${key}`
}
