import { updatesPartitionOf } from '@twofold/core/live/updates.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { type Layers, readPage } from '@twofold/core/serving/read-view.ts'
import { sliceOf } from '@twofold/core/slices/slice.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import type { LiveKnowledge } from '../find-footing.ts'
import { createKeptCorrections, type KeptCorrections } from './kept-corrections.ts'
import { createLivePartition, type LivePartition } from './live-partition.ts'
import type { LiveFeed } from './live-feed.ts'
import { createLiveAnswers, type LivePartitions, windowOf } from './live-answers.ts'
import { readPast } from './read-past.ts'
import { type Tail, tailUpdates } from './tail-updates.ts'

export interface LiveFeedOptions extends Layers {
  readonly log: EventLog
  readonly views: readonly View[]
  /** Partitions of an event topic. */
  readonly partitions: number
  /** A name that no other reader has. */
  readonly group: string
  /** How far back the updates are read at the start, milliseconds. */
  readonly retentionMs: number
  readonly clock: { now(): number; elapsed(): number }
  readonly onWarning: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface OpenLiveFeed extends LiveFeed, LiveKnowledge {
  close(): Promise<void>
}

/** A store that does not answer within this is taken for one that is down. */
const readTimeoutMs = 2000

/** Tails `view-updates` and holds what is published, see `LiveFeed`. */
export async function openLiveFeed(options: LiveFeedOptions): Promise<OpenLiveFeed> {
  const { log, group, clock, onWarning } = options
  const kept = createKeptCorrections({ ...options, onError: (error) => onWarning('a correction was not kept', { error }) })
  const partitions: LivePartitions = new Map()
  const listeners: (() => void)[] = []
  const moved = (): void => listeners.forEach((listener) => listener())
  const tail = await tailUpdates({
    log,
    group,
    since: () => clock.now() - options.retentionMs,
    async take(number, records) {
      await partitions.get(number)!.live.take(records)
      moved()
    },
    onReset(number, begin) {
      partitions.set(number, { live: openPartition(options, kept, number), begin })
      moved()
    },
  })
  return {
    ...createLiveAnswers(partitions),
    get isReady() {
      return tail.isCaughtUp
    },
    get position() {
      return positionOf(tail, partitions)
    },
    async load(view, name, keys) {
      if (windowOf(view, name).kind !== 'all-time') return
      for (const key of keys ?? (await readKeys(options, view))) {
        await partitions.get(updatesPartitionOf(view.name, key, partitions.size))?.live.loadAllTime(view, key)
      }
    },
    onMove: (listener) => void listeners.push(listener),
    async close() {
      await tail.close()
      await kept.flush()
    },
  }
}

function openPartition(options: LiveFeedOptions, kept: KeptCorrections, number: number): LivePartition {
  const { settings, clock, onWarning } = options
  return createLivePartition({
    ...options,
    versionOf: (view) => storedVersion(view, settings),
    elapsed: clock.elapsed,
    onCorrection: (view, correction) => kept.keep(view, number, correction),
    onWait: (error) => onWarning('late events wait for a store', { error }),
    readPast(view, past, { appendedAt, startedAt }) {
      const readCorrections = () => kept.read(view, number, past, appendedAt)
      // Of the slice in which the updates begin they tell a part only.
      const toldFrom = Math.max(sliceOf(appendedAt, settings.sliceMs), sliceOf(startedAt, settings.sliceMs) + settings.sliceMs)
      return inTime(readPast(options, { view, past, toldFrom, readCorrections }))
    },
  })
}

/** In the middle of a batch some of it is in the answers already. */
function positionOf(tail: Tail, partitions: LivePartitions): readonly number[] {
  return tail.position.map((nextOffset, number) => Math.max(nextOffset, partitions.get(number)?.live.place ?? 0))
}

async function inTime<Result>(reading: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer of the stores within ${readTimeoutMs} ms`)), readTimeoutMs)
  try {
    return await Promise.race([reading, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Keys of a view without buckets, a page of them at most. */
async function readKeys(layers: Layers, view: View): Promise<string[]> {
  const version = storedVersion(view, layers.settings)
  const [run, positions] = await Promise.all([
    layers.rows.readNewestRun({ view: view.name, version }),
    layers.counters.readPositions(view.name, version),
  ])
  const { rows } = await readPage(layers, view, { run, positions }, { step: 'all', limit: 1000 })
  return rows.map(({ key }) => key)
}
