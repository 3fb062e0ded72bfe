import type { Cell, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { storedVersion } from '@twofold/core/views/view.ts'
import { addressOf, createMemoryCounterStore } from './memory-counter-store.ts'
import { createProducers } from './producers.ts'
import { createRandom } from './random.ts'
import { nameOf } from './memory-event-log.ts'
import { settleSpeed } from './settle.ts'
import { createWorld, type World } from './world.ts'

/** A world whose log was filled, with clocks that step, and that nobody has read. */
export async function fillWorld(seed: number): Promise<World> {
  const world = createWorld(createRandom(seed), {})
  const producers = createProducers(world)
  for (let left = 150; left > 0; left--) {
    await producers.send()
    world.now += world.random.below(250)
    if (world.random.chance(0.05))
      world.skews.set(nameOf(world.random.pick(world.log.partitions)), world.random.below(6000) - 3000)
  }
  return world
}

/** The same log, and a counter store that nobody has written to. */
export function withEmptyCounters(world: World): World {
  return { ...world, counters: createMemoryCounterStore() }
}

export async function foldAll(world: World): Promise<Map<string, Cell>> {
  await settleSpeed(world, [])
  return byAddress(world.counters.cells())
}

export function byAddress(cells: readonly Cell[]): Map<string, Cell> {
  const ordered = [...cells].sort((left, right) => (addressOf(left) < addressOf(right) ? -1 : 1))
  return new Map(ordered.map((cell) => [addressOf(cell), cell]))
}

/** Positions as if every view had been folded up to some record of each partition. */
export function inventPositions({ log, watched, settings, random }: World): ViewPosition[] {
  return log.partitions.flatMap((partition) => {
    const { nextOffset, appendedAt } = placeBefore(log.recordsOf(partition), random.next())
    return watched
      .filter(({ view }) => view.topic === partition.topic)
      .map(({ view }) => positionOf(view.name, storedVersion(view, settings), partition, { nextOffset, appendedAt }))
  })
}

function positionOf(
  view: string,
  version: string,
  { partition }: TopicPartition,
  progress: { nextOffset: number; appendedAt: number },
): ViewPosition {
  return { view, version, partition, firstSlice: 0, since: null, ...progress }
}

function placeBefore(records: readonly { offset: number; timestamp: number }[], share: number) {
  const read = records.slice(0, Math.ceil(share * records.length))
  return {
    nextOffset: (read.at(-1)?.offset ?? -1) + 1,
    appendedAt: Math.max(0, ...read.map(({ timestamp }) => timestamp)),
  }
}
