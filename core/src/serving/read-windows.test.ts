import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../events/event.ts'
import { likes } from '../events/like.ts'
import { count } from '../views/folds.ts'
import { allTimeStep, checked, levelOf, untilOf } from '../views/resolutions.ts'
import { view } from '../views/view.ts'
import { type AlignedWindow, hoppingWindow, type SessionWindow, sessionWindow, tumblingWindow, type WindowDefinition } from '../views/windows.ts'
import { compareBytes, serve, type Served, served } from './layers.contract.ts'
import { readPage } from './read-view.ts'
import { readWindows, type WindowQuery } from './read-windows.ts'

interface Row {
  readonly key: string
  readonly from: number
  readonly until: number
  readonly value: unknown
}

const keyOf = ({ payload }: Event): string => (payload as { video_id: string }).video_id
const inOrder = (left: Row, right: Row): number => compareBytes(left.key, right.key) || left.from - right.from

async function readPages({ layers, view: one, footing }: Served, window: AlignedWindow | SessionWindow, query: WindowQuery): Promise<Row[]> {
  const rows: Row[] = []
  for (let after: WindowQuery['after'] | null; after !== null;) {
    const page = await readWindows(layers, one, footing, window, { ...query, ...(after ? { after } : {}) })
    expect(page.rows.length).toBeLessThanOrEqual(query.limit)
    expect(rows.length, 'pages that never end').toBeLessThan(10_000)
    rows.push(...page.rows.map((row) => ({ key: row.key, from: row.from, until: untilOf(row), value: one.fold.valueOf(row.state) })))
    after = page.next
  }
  return rows
}

/** Events that are kept in buckets of a length. */
function datedOf({ view: { resolutions }, events, boundary }: Served): Event[] {
  return events.filter(({ occurredAt, appendedAt }) => levelOf(resolutions, occurredAt, appendedAt < boundary ? boundary : appendedAt) < resolutions.length)
}

/** The windows of a whole history, looked for at every start that there may be, each counted from the events themselves. */
async function naiveWindows(all: Served, { sizeMs, everyMs }: AlignedWindow): Promise<Row[]> {
  const { rows: buckets } = await readPage(all.layers, all.view, all.footing, { step: all.view.resolutions[0]!.stepMs, limit: 10_000 })
  const dated = datedOf(all)
  return [...Map.groupBy(buckets, ({ key }) => key)].flatMap(([key, ofKey]) => {
    const own = ofKey.filter(({ stepMs }) => stepMs !== allTimeStep)
    const shown: Row[] = []
    const [first, last] = [Math.min(...own.map(({ from }) => from)), Math.max(...own.map(untilOf))]
    for (let from = Math.floor((first - sizeMs) / everyMs) * everyMs; from < last; from += everyMs) {
      const until = from + sizeMs
      const isCrossed = own.some((one) => [from, until].some((edge) => one.from < edge && untilOf(one) > edge))
      const value = dated.filter((event) => keyOf(event) === key && event.occurredAt >= from && event.occurredAt < until).length
      if (!isCrossed && value > 0) shown.push({ key, from, until, value })
    }
    const bare = ofKey.filter((one) => !shown.some(({ from, until }) => from <= one.from && until >= untilOf(one)))
    return [...shown, ...bare.map((one) => ({ key, from: one.from, until: untilOf(one), value: one.state }))].sort(inOrder)
  })
}

function naiveSessions(all: Served, gapMs: number): Row[] {
  return [...Map.groupBy(datedOf(all), keyOf)].flatMap(([key, events]) => {
    const times = events.map(({ occurredAt }) => occurredAt).sort((left, right) => left - right)
    const begins = times.filter((time, at) => at === 0 || time - times[at - 1]! >= gapMs)
    return begins.map((from, at) => {
      const own = times.filter((time) => time >= from && time < (begins[at + 1] ?? Infinity))
      return { key, from, until: own.at(-1)! + gapMs, value: own.length }
    })
  })
}

/** Windows of one to six moves, each of one to three of the finest buckets. */
const shapes = fc.record({ moves: fc.integer({ min: 1, max: 6 }), steps: fc.integer({ min: 1, max: 3 }) })
const limits = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1000))
const ranges = fc.record({ near: fc.nat({ max: 59 }), by: fc.integer({ min: -300, max: 300 }), length: fc.nat({ max: 3000 }) })
const runs = { numRuns: 1000, endOnFailure: true }

function windowIn({ view: { resolutions } }: Served, { moves, steps }: { moves: number; steps: number }): AlignedWindow {
  const everyMs = steps * resolutions[0]!.stepMs
  return { kind: 'aligned', name: 'any', everyMs, sizeMs: moves * everyMs }
}

function rangeIn({ events }: Served, { near, by, length }: { near: number; by: number; length: number }): { from: number; until: number } {
  const from = by + (events[near % Math.max(1, events.length)]?.occurredAt ?? 0)
  return { from, until: from + length }
}

/** Whether what was rolled up into all time is older than a range that begins there. */
function isKept({ view: { resolutions }, footing, boundary }: Served, from: number): boolean {
  const newest = Math.max(boundary, ...footing.positions!.map(({ appendedAt }) => appendedAt))
  return from >= newest - resolutions.at(-1)!.keepMs
}

describe('windows of both layers', () => {
  test('equal a naive count of the events, and their pages have each of them once', async () => {
    const law = fc.asyncProperty(served, shapes, limits, async (all, shape, limit) => {
      const window = windowIn(all, shape)
      expect(await readPages(all, window, { limit })).toEqual(await naiveWindows(all, window))
    })
    await fc.assert(law, runs)
  })

  test('of a range are those that overlap it, whole; of some keys, those of the keys', async () => {
    const law = fc.asyncProperty(served, shapes, limits, ranges, fc.subarray(['a', 'b', '🙃', 'nobody']), async (all, shape, limit, place, keys) => {
      const window = windowIn(all, shape)
      const { from, until } = rangeIn(all, place)
      const wanted = (await naiveWindows(all, window)).filter((row) => {
        return row.until === Infinity ? !isKept(all, from) : row.from < until && row.until > from
      })
      expect(await readPages(all, window, { limit, from, until })).toEqual(wanted)
      expect(await readPages(all, window, { limit, from, until, keys })).toEqual(wanted.filter(({ key }) => keys.includes(key)))
    })
    await fc.assert(law, runs)
  })

  test('have each event once when they are one after the other, wherever the boundary lies', async () => {
    const law = fc.asyncProperty(served, fc.integer({ min: 1, max: 9 }), async (all, steps) => {
      const rows = await readPages(all, windowIn(all, { moves: 1, steps }), { limit: 1000 })
      expect(rows.reduce((sum, { value }) => sum + Number(value), 0)).toBe(all.events.length)
    })
    await fc.assert(law, runs)
  })
})

describe('sessions of both layers', () => {
  /** The same facts, told apart by pauses. */
  const paused = fc.tuple(served, fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 2000 }))).map(([all, gapMs]) => {
    const base = { name: 'paused', description: '', version: 1, reads: likes, fold: count() }
    const told = view({ ...base, keyOf: (like) => like.video_id, bucket: all.view.resolutions, windows: [sessionWindow({ gapSeconds: gapMs / 1000 })] })
    return serve(told, all.events, all.boundary)
  })
  const windowOf = ({ view: { windows } }: Served): SessionWindow => windows[0] as SessionWindow

  test('equal a naive search for pauses among the events, and their pages have each of them once', async () => {
    const law = fc.asyncProperty(paused, limits, fc.shuffledSubarray(['a', 'b', 'B', '\uffff', '🙃', 'nobody']), async (all, limit, keys) => {
      const wanted = naiveSessions(all, windowOf(all).gapMs).filter(({ key }) => keys.includes(key))
      expect(await readPages(all, windowOf(all), { keys, limit })).toEqual(wanted.sort(inOrder))
    })
    await fc.assert(law, runs)
  })

  test('of a range are those that overlap it, whole, however far they reach beyond', async () => {
    const law = fc.asyncProperty(paused, limits, ranges, async (all, limit, place) => {
      const { from, until } = rangeIn(all, place)
      const wanted = naiveSessions(all, windowOf(all).gapMs).filter((row) => row.key === 'a' && row.from < until && row.until > from)
      expect(await readPages(all, windowOf(all), { keys: ['a'], limit, from, until })).toEqual(wanted)
    })
    await fc.assert(law, runs)
  })
})

/** Events of the key "a", each appended when it happened or so many seconds later. */
function eventsAt(seconds: readonly number[], laterS: Readonly<Record<number, number>> = {}): Event[] {
  return seconds
    .map((second) => ({ occurredAt: second * 1000, appendedAt: (second + (laterS[second] ?? 0)) * 1000 }))
    .sort((left, right) => left.appendedAt - right.appendedAt)
    .map((times, offset) => ({ id: `${offset}`, payload: { video_id: 'a' }, ...times, partition: 0, offset }))
}

function viewOf(window: WindowDefinition) {
  const bucket = checked([{ stepMs: 2000, keepMs: 100_000 }, { stepMs: 60_000, keepMs: 10_000_000 }])
  return view({ name: 'counted', description: '', version: 1, reads: likes, keyOf: (like) => like.video_id, bucket, fold: count(), windows: [window] })
}

test('a window that the boundary goes through sums what both layers hold of it', async () => {
  const counted = viewOf(hoppingWindow({ seconds: 8, everySeconds: 4 }))
  const wanted = [[0, 3], [4000, 3]].map(([from, value]) => ({ key: 'a', from, until: from! + 8000, value }))
  for (const boundary of [0, 5000, 6000, 7000, 8000]) {
    expect(await readPages(serve(counted, eventsAt([5, 6, 7]), boundary), counted.windows[0] as AlignedWindow, { limit: 10 })).toEqual(wanted)
  }
})

test('pages of single rows tell what came too late for its window, and the window that it reaches into, as one page does', async () => {
  const counted = viewOf(tumblingWindow({ seconds: 8 }))
  const all = serve(counted, eventsAt([10, 60, 62, 64], { 10: 200 }), 0)
  const wanted = [[0, 60, 1], [60, 2, 1], [62, 2, 1], [64, 8, 1]].map(([from, length, value]) => ({ key: 'a', from: from! * 1000, until: (from! + length!) * 1000, value }))
  for (const limit of [1, 2, 100]) expect(await readPages(all, counted.windows[0] as AlignedWindow, { limit })).toEqual(wanted)
})

test('a session is whole, however short the range that it was found by, and the pauses around it are kept', async () => {
  const counted = viewOf(sessionWindow({ gapSeconds: 5 }))
  const long = Array.from({ length: 60 }, (_, at) => 100 + 4 * at)
  const session = { key: 'a', from: 100_000, until: 341_000, value: 60 }
  for (const boundary of [0, 200_000, 500_000]) {
    const all = serve(counted, eventsAt([94, ...long, 341]), boundary)
    for (const from of [100, 104, 180, 230, 335, 340]) {
      expect(await readPages(all, counted.windows[0] as SessionWindow, { keys: ['a'], from: from * 1000, until: (from + 1) * 1000, limit: 10 })).toEqual([session])
    }
  }
})
