import { isTwofoldError } from '@twofold/core/errors.ts'
import type { Place } from '@twofold/core/live/report.ts'
import { hearOfStores } from './hear-of-stores.ts'
import { loadFound, loadOne, namesOf } from './load-found.ts'
import { type PlacedCell, type ReadPast, readOne, readPasts } from './read-pasts.ts'
import { createWaitingCells } from './waiting-cells.ts'

export interface LateCellsOptions {
  readonly readPast: ReadPast
  /** The stores can't be read any more: cells that need them wait. */
  readonly onWait: (error: unknown) => void
  /** A cell or what the stores hold around it makes no sense; the cell is left out. */
  readonly onFault: (error: unknown) => void
  /** Milliseconds since some moment. */
  readonly elapsed: () => number
  /** With more cells that wait for a store than this everything waits; 100,000 when absent. */
  readonly maxWaiting?: number
}

/** Takes cells in that are about a past which is not held in memory: it is read from the stores first. */
export interface LateCells {
  /**
   * Reads what the cells of a batch need together: one after the other would take a store's answer time each.
   * `place`: of the first update of the batch. Rejects with STORE_UNAVAILABLE where they may not wait.
   */
  prepare(batch: readonly PlacedCell[], place: Place, mayWait: boolean): Promise<void>
  /** Lets it wait where a store can't be read. Rejects with STORE_UNAVAILABLE, having done nothing, where it may not wait or too many do. */
  take(placed: PlacedCell, mayWait: boolean): Promise<void>
  /** Takes in what waited and was read meanwhile, in order, at the place of the next update: readers who passed its own have not heard of it. */
  settle(place: Place): void
}

export function createLateCells({ maxWaiting = 100_000, ...options }: LateCellsOptions): LateCells {
  const { readPast, onFault } = options
  const stores = hearOfStores(options)
  const waiting = createWaitingCells({ ...options, stores, most: maxWaiting })

  const areAnyWaiting = (): boolean => stores.areDown || waiting.count > 0
  /** Reading may show that more is needed: a bucket that reaches further, or a session. */
  const takeNow = async (placed: PlacedCell): Promise<void> => {
    const { liveView, cell, place } = placed
    const told = namesOf([placed])
    for (let past = liveView.missingFor(cell); past; past = liveView.missingFor(cell)) loadOne(await readOne(readPast, placed, past), place, told)
    liveView.takeCell(cell, place)
  }
  return {
    settle: waiting.settle,
    async prepare(batch, place, mayWait) {
      if (mayWait && areAnyWaiting()) return
      const { found, failure } = await readPasts(readPast, batch)
      loadFound(found, { place, told: namesOf(batch), onFault })
      if (failure || found.length > 0) stores.hear(failure)
      if (failure && !mayWait) throw failure
    },
    async take(placed, mayWait) {
      if (mayWait && areAnyWaiting()) return waiting.add(placed)
      try {
        await takeNow(placed)
        stores.hear(undefined)
      } catch (error) {
        if (!isTwofoldError(error, 'STORE_UNAVAILABLE')) throw error
        stores.hear(error)
        if (!mayWait) throw error
        waiting.add(placed)
      }
    },
  }
}
