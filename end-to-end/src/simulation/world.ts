import type { EventLog, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { SliceSettings } from '@twofold/core/slices/slice.ts'
import { eventTypes } from './facts.ts'
import { createMemoryCounterStore, type MemoryCounterStore } from './memory-counter-store.ts'
import { createMemoryEventLog, type MemoryEventLog, nameOf } from './memory-event-log.ts'
import { createMemoryRowStore, type MemoryRowStore } from './memory-row-store.ts'
import type { Ledger } from './naive-count.ts'
import type { Random } from './random.ts'
import type { Sabotage } from './sabotage.ts'
import { type WatchedView, watchedViews } from './watched-views.ts'

/** Everything that outlives a process. */
export interface World {
  readonly random: Random
  readonly sabotage: Sabotage
  readonly settings: SliceSettings
  readonly topics: readonly string[]
  readonly log: MemoryEventLog
  readonly counters: MemoryCounterStore
  readonly rows: MemoryRowStore
  readonly ledger: Ledger
  /** Milliseconds; no broker's clock agrees with it. */
  now: number
  /** How far each broker's clock is off. */
  readonly skews: Map<string, number>
  /** Writes that timed out, but will arrive. */
  inFlight: (() => Promise<void>)[]
  /** Batch runs that wait for rows. */
  sleepers: (() => void)[]
  /** The views that processes started from now on know of. */
  watched: readonly WatchedView[]
  /** A view that is added later, if any. */
  readonly newcomer: WatchedView | undefined
  /** What would have stopped a process for good: there must be none. */
  readonly fatal: unknown[]
}

/** Of every topic. */
export const partitionCount = 3
const settings = { sliceMs: 1000, dedupHorizonMs: 5000 }
const start = 1_760_000_000_000

export function createWorld(random: Random, sabotage: Sabotage): World {
  const topics = random.shuffle(eventTypes.map(({ topic }) => topic)).slice(0, 1 + random.below(2))
  const skews = new Map<string, number>()
  for (const topic of topics) {
    for (let partition = 0; partition < partitionCount; partition++)
      skews.set(nameOf({ topic, partition }), random.below(4000) - 2000)
  }
  const watched = watchedViews.filter(({ view }) => topics.includes(view.topic))
  const newcomer = random.chance(0.3) ? random.pick(watched) : undefined
  const clockOf = (partition: TopicPartition): number => world.now + (skews.get(nameOf(partition)) ?? 0)
  const world: World = {
    random,
    sabotage,
    settings,
    topics,
    log: createMemoryEventLog({ topics, partitionCount, clockOf, random }),
    counters: createMemoryCounterStore(sabotage.keeps),
    rows: createMemoryRowStore(() => world.now),
    ledger: new Map(),
    now: start + random.below(10_000),
    skews,
    inFlight: [],
    sleepers: [],
    watched: watched.filter((one) => one !== newcomer),
    newcomer,
    fatal: [],
  }
  return world
}

/** The event types whose topics this world has. */
export function typesOf({ topics }: World) {
  return eventTypes.filter(({ topic }) => topics.includes(topic))
}

export function viewsOf({ watched }: World) {
  return watched.map(({ view }) => view)
}

/** The log as the layers take it: they get their records from the simulation. */
export function eventLogOf({ log }: World): EventLog {
  return { ...log, subscribe: () => Promise.reject(new Error('the simulation hands the records out')) }
}
