import { updatesPartitionOf } from '@twofold/core/live/updates.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { type Layers, readPage } from '@twofold/core/serving/read-view.ts'
import { sliceOf } from '@twofold/core/slices/slice.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import { inTime } from '@twofold/runtime/in-time.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { LiveKnowledge } from '../find-footing.ts'
import { boundCorrections } from './bound-corrections.ts'
import { createKeptCorrections, type KeptCorrections } from './kept-corrections.ts'
import { limitKeys } from './limit-keys.ts'
import { createLivePartition, type LivePartition } from './live-partition.ts'
import type { LiveFeed } from './live-feed.ts'
import { createLiveAnswers, type LivePartitions, windowOf } from './live-answers.ts'
import { measureLive } from './measure-live.ts'
import { readPast } from './read-past.ts'
import { warnEachMinute } from './warn-each-minute.ts'
import { type Tail, tailUpdates } from './tail-updates.ts'

export interface LiveFeedOptions extends Layers {
  readonly log: EventLog
  readonly views: readonly View[]
  /** Partitions of an event topic. */
  readonly partitions: number
  /** A name that no other reader has. */
  readonly group: string
  /** How far back the updates are read at the start, and for how long corrections are remembered. Milliseconds. */
  readonly retentionMs: number
  /** So many keys of all views are held, about; updates of others are left out. */
  readonly maxKeys: number
  readonly metrics: Metrics
  readonly clock: { now(): number; elapsed(): number }
  readonly onWarning: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

export interface OpenLiveFeed extends LiveFeed, LiveKnowledge {
  close(): Promise<void>
}

/** A store that does not answer within this is taken for one that is down. */
const readTimeoutMs = 2000
/** Corrections that are remembered, of all views together: the newest, and half of so many at least. */
const maxCorrections = 100_000

/** Tails `view-updates` and holds what is published, see `LiveFeed`. */
export async function openLiveFeed(options: LiveFeedOptions): Promise<OpenLiveFeed> {
  const { log, group, clock, onWarning } = options
  const kept = createKeptCorrections({ ...options, onError: warnEachMinute(clock.elapsed, (fields) => onWarning('corrections could not be written down', fields)) })
  const partitions: LivePartitions = new Map()
  const liveViews = () => [...partitions.values()].flatMap(({ live }) => live.liveViews)
  const parts = { ...options, ...watch(options, partitions), kept, hasRoom: () => liveViews().reduce((sum, { keyCount }) => sum + keyCount, 0) < options.maxKeys }
  const listeners: (() => void)[] = []
  /** Looks at the stores for all keys of a view that are under way. */
  const loading = new Map<View, Promise<void>>()
  const moved = (): void => listeners.forEach((listener) => listener())
  const tail = await tailUpdates({
    log,
    group,
    since: () => clock.now() - options.retentionMs,
    async take(number, records, isReplay) {
      await partitions.get(number)!.live.take(records, !isReplay)
      boundCorrections(liveViews(), maxCorrections)
      moved()
    },
    onReset(number, begin) {
      partitions.set(number, { live: openPartition(parts, number), begin })
      // What they read until now went into the partition that was.
      loading.clear()
      moved()
    },
  })
  const count = tail.position.length
  const loadKeys = async (view: View, keys: Iterable<string>): Promise<void> => {
    for (const key of keys) await partitions.get(updatesPartitionOf(view.name, key, count))?.live.loadAllTime(view, key)
  }
  /** Those who come at once share one look at the stores: what is new since it began comes with the updates. */
  const loadAll = async (view: View): Promise<void> => {
    const running = loading.get(view) ?? readKeys(options, view).then((keys) => loadKeys(view, keys))
    loading.set(view, running)
    try {
      await running
    } finally {
      if (loading.get(view) === running) loading.delete(view)
    }
  }
  return {
    ...createLiveAnswers(partitions, count),
    get isReady() {
      return tail.isCaughtUp
    },
    get position() {
      return positionOf(tail, partitions)
    },
    async load(view, name, keys) {
      if (windowOf(view, name).kind === 'all-time') await (keys ? loadKeys(view, keys) : loadAll(view))
    },
    onMove: (listener) => void listeners.push(listener),
    async close() {
      await tail.close()
      await kept.close()
    },
  }
}

interface PartitionParts extends LiveFeedOptions {
  readonly kept: KeptCorrections
  readonly onFault: (error: unknown) => void
  readonly onLeftOut: (view: View) => void
  readonly hasRoom: () => boolean
}

/** Counts what is passed over, and warns of it. */
function watch({ clock, metrics, views, onWarning }: LiveFeedOptions, partitions: LivePartitions): Pick<PartitionParts, 'onFault' | 'onLeftOut'> {
  const countLeftOut = measureLive(metrics, views, partitions)
  const onFault = warnEachMinute(clock.elapsed, (fields) => onWarning('an update makes no sense and was passed over', fields))
  const warnOfLeftOut = warnEachMinute(clock.elapsed, ({ times }) => onWarning('as many keys are held live as may be; updates of others are left out', { times }))
  return {
    onFault,
    onLeftOut(view) {
      countLeftOut(view)
      warnOfLeftOut(undefined)
    },
  }
}

function openPartition(options: PartitionParts, number: number): LivePartition {
  const { settings, clock, kept, hasRoom, onWarning } = options
  return createLivePartition({
    ...options,
    limit: limitKeys({ sliceMs: settings.sliceMs, hasRoom }),
    versionOf: (view) => storedVersion(view, settings),
    elapsed: clock.elapsed,
    onCorrection: (view, correction) => kept.keep(view, number, correction),
    onWait: (error) => onWarning('updates that need what the stores hold wait for them', { error }),
    readPast(view, past, { appendedAt, startedAt }) {
      const readCorrections = () => kept.read(view, number, past, appendedAt)
      // Of the slice in which the updates begin they tell a part only.
      const toldFrom = Math.max(sliceOf(appendedAt, settings.sliceMs), sliceOf(startedAt, settings.sliceMs) + settings.sliceMs)
      return inTime(readPast(options, { view, past, toldFrom, readCorrections }), readTimeoutMs, 'reading the past')
    },
  })
}

/** In the middle of a batch some of it is in the answers already. */
function positionOf(tail: Tail, partitions: LivePartitions): readonly number[] {
  return tail.position.map((nextOffset, number) => Math.max(nextOffset, partitions.get(number)?.live.place ?? 0))
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
