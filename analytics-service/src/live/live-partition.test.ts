import type { Past } from '@twofold/core/live/known-past.ts'
import type { PastContent } from '@twofold/core/live/load-past.ts'
import type { Correction } from '@twofold/core/live/report.ts'
import { encodeCellUpdate, encodeProgress } from '@twofold/core/live/updates.ts'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import type { LogRecord, NewRecord } from '@twofold/core/ports/event-log.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { boundCorrections } from './bound-corrections.ts'
import { limitKeys } from './limit-keys.ts'
import { createLivePartition } from './live-partition.ts'

const minute = 60_000
const start = 1_800_000_000_000
const nothing: PastContent = { boundary: 0, rows: [], cells: [], corrections: [] }
const [oneMinute] = likesByVideo.windows

/** A partition of updates, its reader, and stores that answer as a test says. */
function open(readPast: (past: Past, place: number) => Promise<PastContent>) {
  const records: LogRecord[] = []
  const corrections: Correction[] = []
  const waits: unknown[] = []
  const faults: unknown[] = []
  let elapsed = 0
  const live = createLivePartition({
    views: [likesByVideo, longestName],
    versionOf: () => '1',
    partitions: 1,
    settings: { sliceMs: 60_000 },
    readPast: (_view, past, { place }) => readPast(past, place),
    onCorrection: (_view, correction) => void corrections.push(correction),
    onWait: (error) => void waits.push(error),
    onFault: (error) => void faults.push(error),
    elapsed: () => elapsed,
    maxWaiting: 3000,
    retentionMs: 60 * minute,
    limit: limitKeys({ sliceMs: minute, hasRoom: () => reader.hasRoom }),
    onLeftOut: () => void reader.leftOut++,
  })
  const append = ({ value }: NewRecord, timestamp: number): LogRecord => {
    const record = { topic: 'view-updates', partition: 0, offset: records.length, timestamp, key: null, value: Buffer.from(value as string), headers: {} }
    records.push(record)
    return record
  }
  const reader = {
    hasRoom: true,
    leftOut: 0,
    live,
    records,
    corrections,
    waits,
    faults,
    pass: (ms: number) => void (elapsed += ms),
    cell: (key: string, state: unknown, more: Partial<Cell> = {}) => {
      const known = { view: 'likes', version: '1', slice: start, partition: 0, key, stepMs: minute, from: start, offset: records.length }
      return append(encodeCellUpdate({ ...known, state: JSON.stringify(state), ...more }, 1), start + 1000)
    },
    progress: (until: number) => {
      const views = [likesByVideo, longestName].map(({ name: view }) => ({ view, version: '1' }))
      return append(encodeProgress({ topic: 'like', views, processed: [{ partition: 0, nextOffset: 1, until }] }, 0), Math.max(start + 1000, until))
    },
    /** Progress until a time, and the updates of the time; nothing may wait in them. */
    async reach(until: number) {
      for (let at = start; at <= until; at += minute / 2) reader.progress(at)
      await live.take(records, false)
    },
    shown: () => live.liveViewOf(likesByVideo).current(oneMinute!).map((report) => [report.key, live.liveViewOf(likesByVideo).valueOf(report), report.final, report.revision]),
  }
  return reader
}

test('a replay waits for what it can not read, and then numbers windows as they were numbered before', async () => {
  let isDown = true
  const reader = open(async () => {
    if (isDown) throw new Error('down')
    return nothing
  })
  for (const state of [1, 2, 3]) reader.cell('a', state)
  for (let at = 0; at <= 90; at++) reader.progress(start + at * 1000)
  for (let attempt = 0; attempt < 3; attempt++) await expect(reader.live.take(reader.records, false)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect([reader.waits.length, reader.live.place]).toEqual([1, 0])
  isDown = false
  await reader.live.take(reader.records, false)
  expect(reader.shown()).toEqual([['a', 3, true, 0]])
  expect(reader.corrections).toEqual([])
})

test('what is told once more after a part of it was taken in is not taken in twice, and has its own appended time', async () => {
  let isDown = false
  const reader = open(async () => {
    if (isDown) throw new Error('down')
    return nothing
  })
  await reader.reach(start + 30 * minute)
  isDown = true
  const batch = [reader.cell('b', 1, { from: start + 30 * minute, slice: start + 30 * minute }), reader.cell('a', 1), reader.progress(start + 60 * minute)]
  await expect(reader.live.take(batch, false)).rejects.toThrow()
  isDown = false
  await reader.live.take(batch, false)
  const minutes = reader.corrections.filter(({ report }) => report.window === oneMinute)
  expect(minutes.map(({ report, revision, correctedAt }) => [report.key, revision, correctedAt])).toEqual([['a', 1, start + 30 * minute]])
})

test('a store that does not answer holds up nobody but those that wait for it', async () => {
  const store: { answer?: Promise<PastContent> } = {}
  const reader = open(() => store.answer ?? Promise.reject(new Error('down')))
  await openWith(reader)
  const { promise, resolve } = Promise.withResolvers<PastContent>()
  store.answer = promise
  reader.pass(5000)
  for (let told = 0; told < 3; told++) {
    await reader.live.take([reader.cell(`late ${told}`, 1)], true)
    await reader.live.take([reader.cell('v', told + 1, { from: start + 30 * minute })], true)
  }
  expect(reader.shown()).toContainEqual(['v', 3, false, 0])
  resolve(nothing)
  await setImmediate()
  for (let told = 0; told < 10; told++) {
    await reader.live.take([reader.progress(start + 31 * minute)], true)
    await setImmediate()
  }
  const minutes = reader.corrections.filter(({ report }) => report.window === oneMinute)
  expect(minutes.map(({ report }) => report.key)).toEqual(['first', 'late 0', 'late 1', 'late 2'])
  expect(minutes.every(({ place }) => place > reader.records.length - 11)).toBe(true)
})

/** Goes on for half an hour; then a late event finds the store down. */
async function openWith(reader: ReturnType<typeof open>): Promise<void> {
  await reader.reach(start + 30 * minute)
  await reader.live.take([reader.cell('first', 1)], true)
}

test('when more wait than may, everything waits, and nothing is there twice afterwards', async () => {
  let isDown = true
  let reads = 0
  const reader = open(async () => {
    reads++
    if (isDown) throw new Error('down')
    return nothing
  })
  await openWith(reader)
  const many = Array.from({ length: 3000 }, (_, at) => reader.cell('one', at + 1))
  for (let attempt = 0; attempt < 3; attempt++) await expect(reader.live.take(many, true)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect([reads, reader.live.place]).toEqual([1, reader.records.length - 1])
  isDown = false
  reader.pass(5000)
  for (let attempt = 0; attempt < 40 && reader.live.place < reader.records.length; attempt++) {
    await reader.live.take(many, true).catch(() => undefined)
    await setImmediate()
  }
  for (let told = 0; told < 40 && reader.corrections.length < 9003; told++) {
    await reader.live.take([reader.progress(start + 31 * minute)], true)
    await setImmediate()
  }
  expect(reader.corrections.length).toBe(3 * 3001)
})

test('a read that fails leaves no others behind that end at a place which is long past', async () => {
  const slow = Promise.withResolvers<PastContent>()
  let reads = 0
  const reader = open(({ key }) => {
    if (key === 'a' && reads++ === 0) return Promise.reject(new Error('one replica is down'))
    return key === 'b' ? slow.promise : Promise.resolve(nothing)
  })
  for (const key of ['a', 'b']) reader.cell(key, 1)
  for (let at = 0; at <= 90; at++) reader.progress(start + at * 1000)
  const taken = reader.live.take(reader.records, false).catch(() => undefined)
  await setImmediate()
  expect(reader.live.place).toBe(0)
  slow.resolve({ ...nothing, cells: [{ view: 'likes', version: '1', slice: start - minute, partition: 0, key: 'b', stepMs: minute, from: start, offset: 0, state: 5 }] })
  await taken
  await reader.live.take(reader.records, false)
  expect(reader.shown()).toEqual([['a', 1, true, 0], ['b', 6, true, 0]])
  expect(reader.corrections).toEqual([])
})

test('what somebody asks for is taken in at the place that is reached when it was read, and once', async () => {
  const slow = Promise.withResolvers<PastContent>()
  let reads = 0
  const reader = open(() => (reads++ === 0 ? slow.promise : Promise.resolve(nothing)))
  await reader.reach(start)
  const loaded = reader.live.loadAllTime(longestName, 'all')
  const leader = (measure: number) => ({ measure, appendedAt: 1, partition: 0, offset: 1, shown: { id: '1', name: 'x'.repeat(measure) } })
  await reader.live.take([reader.cell('all', leader(3), { view: 'longest-name', stepMs: 0, from: -8_640_000_000_000_000 })], true)
  slow.resolve({ ...nothing, rows: [{ stepMs: 0, from: -8_640_000_000_000_000, state: leader(9) }] })
  await loaded
  const live = reader.live.liveViewOf(longestName)
  expect(live.current(longestName.windows[0]!).map((report) => [live.valueOf(report), report.changedAt])).toEqual([[{ id: '1', name: 'xxx' }, reader.live.place]])
})

test('an update whose state its view can not read is passed over, and those behind it are not', async () => {
  const reader = open(async () => nothing)
  for (const state of ['abc', null, {}, 3]) reader.cell('a', state)
  await reader.live.take(reader.records, false)
  expect(reader.shown()).toEqual([['a', 3, false, 0]])
  expect([reader.live.place, reader.faults.length]).toEqual([reader.records.length, 3])
})

test('corrections and the revisions of their windows are remembered as long as the updates are, in the log\'s time', async () => {
  const reader = open(async () => nothing)
  await reader.reach(start + 30 * minute)
  await reader.live.take([reader.cell('a', 1), reader.cell('a', 2)], true)
  const live = reader.live.liveViewOf(likesByVideo)
  const remembered = () => [live.corrections(oneMinute!).length, live.revisionOf('a', { from: start, until: start + minute }), live.revisionOf('a', { from: start, until: start + 2 * minute })]
  expect(remembered()).toEqual([2, 2, 0])
  for (const minutes of [60, 89]) await reader.live.take([reader.progress(start + minutes * minute)], true)
  expect(live.current(oneMinute!)).toEqual([])
  expect(remembered()).toEqual([2, 2, 0])
  await reader.live.take([reader.progress(start + 91 * minute)], true)
  expect(remembered()).toEqual([0, 0, 0])
  expect(live.since(oneMinute!, 0)).toBeUndefined()
})

test('of very many corrections the oldest are forgotten, of whichever view they are', async () => {
  const reader = open(async () => nothing)
  await reader.reach(start + 30 * minute)
  const live = reader.live.liveViewOf(likesByVideo)
  for (let at = 0; at < 10; at++) {
    await reader.live.take([reader.progress(start + (30 + at) * minute), reader.cell('a', at + 1)], true)
    boundCorrections(reader.live.liveViews, 12)
  }
  const left = likesByVideo.windows.flatMap((window) => live.corrections(window).map(({ revision }) => revision))
  expect(left.length).toBeGreaterThanOrEqual(6)
  expect(left.length).toBeLessThanOrEqual(12)
  expect(Math.min(...left)).toBeGreaterThan(6)
})

test('a key that was left out stays out until all of its windows can be told whole', async () => {
  const stored: Cell[] = []
  const reader = open(async ({ key, from, until }) => {
    const cells = stored.filter((cell) => cell.key === key && cell.from >= from && cell.from < until)
    return { ...nothing, cells: cells.map((cell) => ({ ...cell, state: JSON.parse(cell.state) as unknown })) }
  })
  await reader.reach(start + 30 * minute)
  const tap = (key: string, at: number, partition = 0) => {
    const bucket = { from: start + at * minute, slice: start + at * minute, partition }
    stored.push({ view: 'likes', version: '1', key, stepMs: minute, state: '1', offset: reader.records.length, ...bucket })
    return reader.live.take([reader.progress(start + at * minute), reader.cell(key, 1, bucket)], true)
  }
  const live = reader.live.liveViewOf(likesByVideo)
  reader.hasRoom = false
  await tap('c', 31)
  reader.hasRoom = true
  for (const at of [31, 32, 39, 40]) await tap('c', at, 1)
  expect([reader.leftOut, live.holds('c')]).toEqual([5, false])
  for (let at = 41; at < 70; at++) await reader.live.take([reader.progress(start + at * minute)], true)
  await tap('c', 70)
  expect([reader.leftOut, live.holds('c')]).toEqual([5, true])
  await reader.live.take([reader.cell('c', 2, { from: start + 31 * minute, slice: start + 70 * minute })], true)
  const told = reader.corrections.map(({ report, previous, value }) => [report.window.name, previous, value])
  expect(told).toEqual([['1m', 2, 4], ['5m', 3, 5], ['10m', 4, 6]])
})
