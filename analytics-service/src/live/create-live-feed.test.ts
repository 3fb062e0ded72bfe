import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCounterStore, openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { TwofoldError } from '@twofold/core/errors.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { encodeCellUpdate, encodeProgress, updatesTopic } from '@twofold/core/live/updates.ts'
import type { Cell, CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import type { ChangedCell } from '@twofold/core/views/slice-folder.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import { createMetrics } from '@twofold/runtime/metrics.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openLiveFeed, type OpenLiveFeed } from './create-live-feed.ts'

const settings = { sliceMs: 60_000, dedupHorizonMs: 600_000 }
const minute = 60_000
const partitions = 2

/** Everything happens at one time, which a test moves. */
let now = 1_800_000_000_000
let folder: string
let log: EventLog
let counters: CounterStore
let rows: RowStore
const feeds: OpenLiveFeed[] = []

beforeEach(async () => {
  now = 1_800_000_000_000
  folder = await mkdtemp(join(tmpdir(), 'twofold-feed-'))
  const surroundings = { now: () => now, logger: silentLogger }
  log = await openEventLog(`sqlite:${folder}/log.db`, surroundings)
  counters = await openCounterStore(`sqlite:${folder}/counters.db`, 86_400_000, surroundings)
  rows = await openRowStore(`sqlite:${folder}/rows.db`, events.map(rawTableOf), surroundings)
  await log.createTopics([updatesTopic], { partitions, retentionMs: 3_600_000 })
})

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.close()))
  await Promise.all([log.close(), counters.close(), rows.close()])
  await rm(folder, { recursive: true, force: true })
})

describe('a live feed', { timeout: 20_000 }, () => {
  it('tells a window while it is open, closes it by progress alone, and is the same for a second reader', async () => {
    const first = await open()
    await tell(cell('v', now, 3, 1))
    await until(first, () => values(first).length > 0)
    expect(values(first)).toEqual([['v', 3, false, 0]])
    await tellProgress(now + 20 * minute)
    await until(first, () => values(first).every(([, , final]) => final))
    const second = await open()
    expect(values(second)).toEqual(values(first))
    expect(second.position).toEqual(first.position)
  })

  it('tells what changed since a place, each window once with its newest value', async () => {
    const feed = await open()
    await tell(cell('v', now, 3, 1))
    await until(feed, () => values(feed).length > 0)
    const since = feed.position
    await tell(cell('v', now, 4, 2))
    await tell(cell('v', now, 5, 3))
    await until(feed, () => values(feed)[0]?.[1] === 5)
    expect(feed.changesSince(likesByVideo, '1m', since)?.rows.map(({ key, value }) => [key, value])).toEqual([['v', 5]])
    expect(feed.changesSince(likesByVideo, '1m', feed.position)).toEqual({ rows: [], corrections: [] })
    expect(feed.changesSince(likesByVideo, '1m', since, new Set(['other']))).toEqual({ rows: [], corrections: [] })
    expect(feed.changesSince(likesByVideo, '1m', [])).toBeUndefined()
  })

  it('names the newest traced event of a change, to those who are told of that change and to nobody later', async () => {
    const feed = await open()
    await tell(cell('v', now, 3, 1))
    await until(feed, () => values(feed).length > 0)
    const since = feed.position
    for (const [at, spanId] of ['1111111111111111', '2222222222222222'].entries()) await tell({ ...cell('v', now, 4 + at, 2 + at), traceparent: traceOf(spanId) })
    await tell(cell('v', now, 6, 4))
    await until(feed, () => values(feed)[0]?.[1] === 6)
    const tracesSince = (place: readonly number[]) => feed.changesSince(likesByVideo, '1m', place)?.rows.map(({ traceparent }) => traceparent)
    expect(tracesSince(since)).toEqual([traceOf('2222222222222222')])
    const told = feed.position
    await tell(cell('v', now, 7, 5))
    await until(feed, () => values(feed)[0]?.[1] === 7)
    expect(tracesSince(told)).toEqual([undefined])
    expect(feed.snapshot(likesByVideo, '1m').some((row) => 'traceparent' in row)).toBe(false)
  })

  it('names the traced event that made a correction', async () => {
    await storeOld({ v: 7 })
    const feed = await open()
    await tellProgress(now)
    await tell({ ...cell('v', now - 180 * minute, 1, 1), traceparent: traceOf('1111111111111111') })
    await until(feed, () => corrections(feed).length === 3)
    expect(corrections(feed).map(({ traceparent }) => traceparent)).toEqual(Array.from({ length: 3 }, () => traceOf('1111111111111111')))
  })

  it('corrects a window that is older than its memory on what the stores hold', async () => {
    await storeOld({ v: 7 })
    const feed = await open()
    await tellProgress(now)
    await tell(cell('v', now - 180 * minute, 1, 1))
    await until(feed, () => corrections(feed).length === 3)
    const [correction] = corrections(feed).filter(({ window }) => window === '1m')
    expect(correction).toMatchObject({ key: 'v', previous: 7, value: 8, revision: 1, final: true })
  })

  it('goes on with the revisions of a reader before it', async () => {
    const first = await open()
    await tellProgress(now)
    await tell(cell('v', now - 180 * minute, 1, 1))
    await until(first, () => corrections(first).length === 3)
    await first.close()
    // The updates of the time are gone from the topic.
    now += 61 * minute
    const second = await open()
    await tellProgress(now)
    await tell(cell('v', now - 241 * minute, 2, 2, now - 61 * minute))
    await until(second, () => corrections(second).length > 0)
    expect(corrections(second).map(({ revision }) => revision)).toEqual([2, 2, 2])
  })

  it('lets late events wait for stores that are down, and no others', async () => {
    const stores = storesThatBreak()
    await tellProgress(now)
    now += 10 * minute
    const feed = await open(stores)
    await tell(cell('late', now - 180 * minute, 1, 1))
    await tell(cell('v', now, 1, 2))
    await until(feed, () => values(feed).length > 0)
    expect(values(feed)).toEqual([['v', 1, false, 0]])
    stores.isDown = false
    elapsed += 5000
    // What waits is read beside the updates and taken in with the next one; progress is told twice a second.
    for (let told = 0; told < 100 && corrections(feed).length < 3; told++) {
      await tellProgress(now)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(corrections(feed).length).toBe(3)
    expect(corrections(feed)[0]).toMatchObject({ key: 'late', previous: 0, value: 1 })
  })

  it('is not ready before the stores told what it needs of them, and then tells what every other reader does', async () => {
    const stores = storesThatBreak()
    for (const [offset, state] of [1, 2, 3].entries()) await tell(cell('v', now, state, offset))
    await tellProgress(now + 20 * minute)
    const feed = await open({ ...stores, isAwaited: false })
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect([feed.isReady, values(feed)]).toEqual([false, []])
    stores.isDown = false
    await until(feed, () => feed.isReady)
    expect(values(feed)).toEqual([['v', 3, true, 0]])
    expect(corrections(feed)).toEqual([])
  })

  it('holds as many keys as it may, counts what it leaves out, and lets others in when there is room', async () => {
    maxKeys = 2
    metrics = createMetrics({ service: 'test' })
    await tellProgress(now)
    now += 20 * minute
    const feed = await open()
    const keys = (): string[] => [...new Set(values(feed).map(([key]) => key))].sort()
    const tellEach = async (...names: string[]): Promise<void> => {
      for (const name of names) await tell(cell(name, now, 1, ++offset))
      await tellProgress(now)
    }
    let offset = 0
    await tellEach('a')
    await until(feed, () => keys().length === 1)
    await tellEach('b')
    await until(feed, () => keys().length === 2)
    await tellEach('c')
    await tellEach('a')
    await until(feed, () => feed.position[0]! + feed.position[1]! >= 12)
    expect(keys()).toEqual(['a', 'b'])
    expect(await metrics.text()).toMatch(/live_left_out_total\{.*view="likes".*\} 1\n/)
    expect(await metrics.text()).toMatch(/live_keys\{.*view="likes".*\} 2\n/)
    now += 40 * minute
    await tellProgress(now)
    await tellEach('c')
    await until(feed, () => keys().includes('c'))
    maxKeys = 1000
  })

  it('reads results of all time from the stores when somebody asks for them', async () => {
    await tellProgress(now)
    const owner = await rows.createRun('me')
    const version = { view: 'longest-name', version: storedVersion(longestName, settings) }
    const leader = { measure: 3, appendedAt: 1, partition: 0, offset: 1, shown: { id: '1', name: 'abc' } }
    await rows.writeRunRows(owner, version, [{ key: 'all', stepMs: 0, from: -8_640_000_000_000_000, state: JSON.stringify(leader) }])
    await publish(owner, [version])
    const feed = await open()
    expect(feed.snapshot(longestName, 'all')).toEqual([])
    const looks = vi.spyOn(rows, 'readNewestRun')
    await Promise.all([1, 2, 3].map(() => feed.load(longestName, 'all')))
    expect(looks).toHaveBeenCalledTimes(2) // for the keys, and for the one that there is
    expect(feed.snapshot(longestName, 'all')).toEqual([{ key: 'all', from: null, until: null, value: { id: '1', name: 'abc' }, final: false, revision: 0 }])
  })

  it('passes over what other programs wrote into the topic', async () => {
    const feed = await open()
    await log.append(updatesTopic, [{ key: null, value: 'garbage', headers: {} }, { key: null, value: '{"cell":[1]}', headers: {} }])
    await tell(cell('v', now, 3, 1))
    await until(feed, () => values(feed).length > 0)
    expect(values(feed)).toEqual([['v', 3, false, 0]])
  })
})

let elapsed = 0
let metrics = createMetrics({ service: 'test' })
let maxKeys = 1000

/** Stores that are down until they are told otherwise. */
function storesThatBreak() {
  const unlessDown = async <Result>(read: () => Promise<Result>): Promise<Result> => {
    if (stores.isDown) throw new TwofoldError('STORE_UNAVAILABLE', 'down')
    return read()
  }
  const stores = {
    isDown: true,
    rows: { ...rows, readNewestRun: (view) => unlessDown(() => rows.readNewestRun(view)), readRunRows: (query) => rows.readRunRows(query) } satisfies RowStore,
    counters: { ...counters, readCells: (query) => unlessDown(() => counters.readCells(query)) } satisfies CounterStore,
  }
  return stores
}

interface Opened {
  readonly rows?: RowStore
  readonly counters?: CounterStore
  readonly isAwaited?: boolean
}

async function open({ isAwaited = true, ...parts }: Opened = {}): Promise<OpenLiveFeed> {
  const clock = { now: () => now, elapsed: () => elapsed }
  const options = { log, counters, rows, settings, views: [likesByVideo, longestName], partitions, retentionMs: 3_600_000, maxKeys, metrics, clock, onWarning() {}, ...parts }
  const feed = await openLiveFeed({ ...options, group: `reader-${feeds.length}-${now}` })
  feeds.push(feed)
  if (isAwaited) await until(feed, () => feed.isReady)
  return feed
}

async function until(_feed: OpenLiveFeed, isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !isSo(); attempt++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isSo()).toBe(true)
}

function values(feed: OpenLiveFeed): [string, unknown, boolean, number][] {
  return feed.snapshot(likesByVideo, '1m').map(({ key, value, final, revision }) => [key, value, final, revision])
}

function corrections(feed: OpenLiveFeed) {
  return feed.corrections(likesByVideo, { keys: undefined, window: undefined, limit: 1000 })
}

function cell(key: string, occurredAt: number, state: number, offset: number, appendedAt = now): Cell {
  const slice = appendedAt - (appendedAt % minute)
  const version = storedVersion(likesByVideo, settings)
  return { view: 'likes', version, slice, partition: 0, key, stepMs: minute, from: occurredAt - (occurredAt % minute), state: JSON.stringify(state), offset }
}

async function tell(told: ChangedCell): Promise<void> {
  await counters.writeCells([told])
  await log.append(updatesTopic, [encodeCellUpdate(told, partitions)])
}

async function tellProgress(time: number): Promise<void> {
  const named = (view: View) => ({ view: view.name, version: storedVersion(view, settings) })
  const processed = [0, 1].map((partition) => ({ partition, nextOffset: 1, until: time }))
  const progress = { topic: 'like', views: [named(likesByVideo)], processed }
  await log.append(updatesTopic, [0, 1].map((partition) => encodeProgress(progress, partition)))
}

/** Likes of three hours ago, in a run whose boundary lies behind them. */
async function storeOld(counts: Readonly<Record<string, number>>): Promise<void> {
  const run = await rows.createRun('me')
  const version = { view: 'likes', version: storedVersion(likesByVideo, settings) }
  const from = now - 180 * minute - ((now - 180 * minute) % minute)
  await rows.writeRunRows(run, version, Object.entries(counts).map(([key, count]) => ({ key, stepMs: minute, from, state: String(count) })))
  await publish(run, [version])
}

async function publish(run: number, views: { view: string; version: string }[]): Promise<void> {
  await rows.holdLease('batch', 'me', 60_000)
  await rows.publishRun({ run, owner: 'me', lease: 'batch', boundary: now - (now % minute) - minute, views })
}

function traceOf(spanId: string): string {
  return `00-0af7651916cd43dd8448eb211c80319c-${spanId}-01`
}
