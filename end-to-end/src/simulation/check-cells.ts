import { isDeepStrictEqual } from 'node:util'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import { storedVersion } from '@twofold/core/views/view.ts'
import { createMemoryCounterStore, addressOf } from './memory-counter-store.ts'
import { createMemoryRowStore } from './memory-row-store.ts'
import { settleSpeed } from './settle.ts'
import type { World } from './world.ts'

/**
 * Once a partition is processed, its cells are what one process makes of the log that reads it once from the start,
 * whatever was replayed, written twice or landed late.
 */
export async function findCellFault(world: World): Promise<string | undefined> {
  const clean = await foldFromStart(world)
  const held = new Map(world.counters.cells().map((cell) => [addressOf(cell), cell]))
  const isWhole = await findWhole(world)
  for (const cell of clean) {
    const found = held.get(addressOf(cell))
    held.delete(addressOf(cell))
    if (isWhole(cell) && !isDeepStrictEqual(found, cell))
      return `the cell ${JSON.stringify(found)} instead of ${JSON.stringify(cell)}`
  }
  const extra = [...held.values()].find(isWhole)
  return extra && `the cell ${JSON.stringify(extra)} instead of none`
}

async function foldFromStart(world: World): Promise<Cell[]> {
  const counters = createMemoryCounterStore()
  await settleSpeed({ ...world, counters, rows: createMemoryRowStore(() => world.now), sabotage: {} }, [])
  return counters.cells()
}

/** Tells whether a position claims the slice of a cell. */
async function findWhole({ watched, counters, settings }: World): Promise<(cell: Cell) => boolean> {
  const firstSlices = new Map<string, number>()
  for (const { view } of watched) {
    for (const { partition, firstSlice } of await counters.readPositions(view.name, storedVersion(view, settings))) {
      firstSlices.set(`${view.name} ${partition}`, firstSlice)
    }
  }
  return ({ view, partition, slice }) => slice >= (firstSlices.get(`${view} ${partition}`) ?? Number.POSITIVE_INFINITY)
}
