import { TwofoldError } from '@twofold/core/errors.ts'
import type { Place } from '@twofold/core/live/report.ts'
import type { StoreHealth } from './hear-of-stores.ts'
import { loadFound, namesOf } from './load-found.ts'
import { type FoundPast, type PlacedCell, type ReadPast, readPasts } from './read-pasts.ts'

/** Cells that wait for a store, in order. What they need is read beside the updates, which go on. */
export interface WaitingCells {
  readonly count: number
  /** Throws STORE_UNAVAILABLE where as many wait as may. */
  add(placed: PlacedCell): void
  /** Takes in those of which everything was read, at a place, and reads on for the others unless the stores were down a moment ago. */
  settle(place: Place): void
}

export interface WaitingCellsOptions {
  readonly readPast: ReadPast
  readonly stores: StoreHealth
  readonly onFault: (error: unknown) => void
  readonly most: number
}

const readTogether = 1000

export function createWaitingCells({ readPast, stores, onFault, most }: WaitingCellsOptions): WaitingCells {
  let waiting: PlacedCell[] = []
  let found: readonly FoundPast[] | undefined
  let isReading = false

  const readOn = async (): Promise<void> => {
    isReading = true
    try {
      const read = await readPasts(readPast, waiting.slice(0, readTogether))
      stores.hear(read.failure)
      found = read.found
    } catch (error) {
      onFault(error)
      waiting.shift()
    }
    isReading = false
  }
  /** Answers false where it has to wait on. */
  const takeUnlessMissing = ({ liveView, cell, place }: PlacedCell, { place: at }: Place): boolean => {
    try {
      if (liveView.missingFor(cell)) return false
      liveView.takeCell(cell, { ...place, place: at })
    } catch (error) {
      onFault(error)
    }
    return true
  }
  const takeIn = (read: readonly FoundPast[], place: Place): void => {
    const faulty = loadFound(read, { place, told: namesOf(waiting), onFault })
    waiting = waiting.filter((placed) => !faulty.has(placed))
    const first = waiting.findIndex((placed) => !takeUnlessMissing(placed, place))
    waiting = first === -1 ? [] : waiting.slice(first)
  }
  return {
    get count() {
      return waiting.length
    },
    add(placed) {
      if (waiting.length >= most) throw new TwofoldError('STORE_UNAVAILABLE', `${most} late events wait for a store already`)
      waiting.push(placed)
    },
    settle(place) {
      if (found) takeIn(found, place)
      found = undefined
      if (waiting.length > 0 && !isReading && !stores.isPaused) void readOn()
    },
  }
}
