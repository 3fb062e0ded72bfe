import { env } from 'node:process'
import { setImmediate as turn } from 'node:timers/promises'
import type { Cell, CounterStore } from '@twofold/core/ports/counter-store.ts'
import { sliceOf } from '@twofold/core/slices/slice.ts'
import { expect, test } from 'vitest'
import { createMemoryCounterStore } from './simulation/memory-counter-store.ts'
import { firstSeed, playHistories } from './simulation/play-histories.ts'
import { noDangers } from './simulation/process.ts'
import { byAddress, fillWorld, foldAll, inventPositions, withEmptyCounters } from './simulation/replay.ts'
import { settleSpeed } from './simulation/settle.ts'
import { startSpeedWorker } from './simulation/workers.ts'
import type { World } from './simulation/world.ts'

const histories = Number(env['HISTORIES'] ?? 250)
const seeds = Array.from({ length: Math.ceil(histories / 10) }, (_, at) => firstSeed + at)
const timeout = 60_000 + histories * 2_000

test('every answer at every boundary counts every fact exactly once', { timeout }, async ({ annotate }) => {
  const { faults, ...figures } = await playHistories(histories)
  await annotate(JSON.stringify(figures))
  expect(faults).toEqual([])
  expect(figures.boundaries).toBeGreaterThan(5 * histories)
})

test('a replay from any earlier position gives the same cells', { timeout }, async () => {
  for (const seed of seeds) {
    const world = await fillWorld(seed)
    const once = await foldAll(world)
    const again = withEmptyCounters(world)
    await again.counters.writePositions(inventPositions(again))
    const replayed = await foldReplayed(again)
    for (const [address, cell] of once)
      if (isReplayed(cell, replayed.from)) expect(replayed.cells.get(address), `seed ${seed}`).toEqual(cell)
    for (const [address, cell] of replayed.cells) expect(cell, `seed ${seed}`).toEqual(once.get(address))
  }
})

test('two processes on one partition leave the cells that one leaves', { timeout }, async () => {
  for (const seed of seeds) {
    const world = await fillWorld(seed)
    const once = await foldAll(world)
    const twice = withEmptyCounters(world)
    await foldByTwo(twice)
    expect(byAddress(twice.counters.cells()), `seed ${seed}`).toEqual(once)
  }
})

test('writes that arrive in any order leave the same cells', { timeout }, async () => {
  for (const seed of seeds) {
    const world = await fillWorld(seed)
    const once = await foldAll(world)
    const writes: Cell[] = []
    await foldByTwo({ ...withEmptyCounters(world), sabotage: { counters: (store) => record(store, writes) } })
    for (const order of [writes.toReversed(), world.random.shuffle(writes)]) {
      const store = createMemoryCounterStore()
      for (const cell of order) await store.writeCells([cell])
      expect(byAddress(store.cells()), `seed ${seed}`).toEqual(once)
    }
  }
})

interface Replayed {
  readonly cells: ReadonlyMap<string, Cell>
  readonly from: ReadonlyMap<string, number>
}

async function foldReplayed(world: World): Promise<Replayed> {
  const from = new Map<string, number>()
  for (const { view } of world.watched) {
    for (const position of await world.counters.readPositions(
      view.name,
      `1-${world.settings.sliceMs}-${world.settings.dedupHorizonMs}`,
    )) {
      from.set(`${position.view} ${position.partition}`, sliceOf(position.appendedAt, world.settings.sliceMs))
    }
  }
  for (const partition of world.log.partitions) await drainOne(world, partition)
  return { cells: byAddress(world.counters.cells()), from }
}

function isReplayed({ view, partition, slice }: Cell, from: Replayed['from']): boolean {
  return slice >= from.get(`${view} ${partition}`)!
}

async function drainOne(world: World, partition: World['log']['partitions'][number]): Promise<void> {
  const worker = startSpeedWorker(world, partition, noDangers)
  await turn()
  worker.feed(1_000_000)
  await turn()
  worker.release()
  await turn()
}

/** Two processes share each partition, each with its own pace, then a third finishes. */
async function foldByTwo(world: World): Promise<void> {
  const workers = world.log.partitions.flatMap((partition) =>
    [1, 2].map(() => startSpeedWorker(world, partition, { pause: 0.01, kill: 0, timeout: 0.2 })),
  )
  for (let left = 40; left > 0; left--) {
    await turn()
    const worker = world.random.pick(workers)
    if (worker.isIdle()) worker.feed(1 + world.random.below(30))
    else worker.process.resume()
  }
  await settleSpeed(world, [])
  for (const worker of workers) worker.process.resume()
  await turn()
  for (const write of world.inFlight) await write()
}

function record(store: CounterStore, writes: Cell[]): CounterStore {
  const writeCells = async (cells: readonly Cell[]): Promise<void> => {
    writes.push(...cells)
    await store.writeCells(cells)
  }
  return { ...store, writeCells }
}
