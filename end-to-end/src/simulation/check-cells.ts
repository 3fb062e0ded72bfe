import { isDeepStrictEqual } from 'node:util'
import { parseUpdate, updatesTopic } from '@twofold/core/live/updates.ts'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import { storedVersion } from '@twofold/core/views/view.ts'
import { createMemoryCounterStore, addressOf } from './memory-counter-store.ts'
import { createMemoryRowStore } from './memory-row-store.ts'
import { settleSpeed } from './settle.ts'
import { partitionCount, type World } from './world.ts'

/**
 * Once a partition is processed, its cells are what one process makes of the log that reads it once from the start,
 * whatever was replayed, written twice or landed late. So are those that a reader of `view-updates` holds.
 */
export async function findCellFault(world: World, { withUpdates }: { withUpdates: boolean }): Promise<string | undefined> {
  const clean = await foldFromStart(world)
  const isWhole = await findWhole(world)
  const stored = findDifference(world.counters.cells(), clean, isWhole)
  if (stored || !withUpdates) return stored && `stored: ${stored}`
  const published = findDifference(await readUpdates(world), clean, isWhole)
  return published && `published: ${published}`
}

async function readUpdates({ log }: World): Promise<Cell[]> {
  const held = createMemoryCounterStore()
  const places = new Map<string, number>()
  for (let partition = 0; partition < partitionCount; partition++) {
    for (const record of log.recordsOf({ topic: updatesTopic, partition })) {
      const update = parseUpdate(record)
      if (update?.kind !== 'cell') throw new Error(`not a cell: ${JSON.stringify(update)}`)
      const { view, key, state } = update.cell
      const place = places.get(`${view} ${key}`) ?? partition
      if (place !== partition) throw new Error(`${view} ${key} is in the partitions ${place} and ${partition}`)
      places.set(`${view} ${key}`, partition)
      await held.writeCells([{ ...update.cell, state: JSON.stringify(state) }])
    }
  }
  return held.cells()
}

function findDifference(cells: readonly Cell[], clean: readonly Cell[], isWhole: (cell: Cell) => boolean): string | undefined {
  const held = new Map(cells.map((cell) => [addressOf(cell), cell]))
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
  // Nobody reads what it publishes.
  const log = { ...world.log, append: async () => [] }
  await settleSpeed({ ...world, log, counters, rows: createMemoryRowStore(() => world.now), sabotage: {} }, [])
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
