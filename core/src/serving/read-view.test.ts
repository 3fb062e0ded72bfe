import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../events/event.ts'
import { likes } from '../events/like.ts'
import { count, distinct } from '../views/folds.ts'
import { allTimeBucket, allTimeStep, type Bucket, bucketAt, checked, levelOf } from '../views/resolutions.ts'
import { view } from '../views/view.ts'
import { compareBytes, serve, type Served, served } from './layers.contract.ts'
import type { Step } from './merge-rows.ts'
import { readHistory } from './read-history.ts'
import { readPage, type ViewQuery } from './read-view.ts'
import { readValueNow } from './read-value-now.ts'

interface Row extends Bucket {
  readonly key: string
  readonly state: unknown
}

const keyOf = ({ payload }: Event): string => (payload as { video_id: string }).video_id
const endOf = ({ stepMs, from }: Bucket): number => (stepMs === allTimeStep ? Infinity : from + stepMs)
const contains = (outer: Bucket, inner: Bucket): boolean =>
  outer.stepMs > 0 && inner.stepMs > 0 && outer.from <= inner.from && endOf(outer) >= endOf(inner)

/** The bucket that the layer of an event holds it in. */
function ownBucket({ view: { resolutions }, boundary }: Served, { occurredAt, appendedAt }: Event): Bucket {
  const level = levelOf(resolutions, occurredAt, appendedAt < boundary ? boundary : appendedAt)
  return bucketAt(resolutions, level, occurredAt)
}

/** The longest of: the event's own bucket, the asked step, and any speed bucket of its key around these. */
function shownBucket(all: Served, event: Event, stepMs: number): Bucket {
  const own = ownBucket(all, event)
  if (own.stepMs === allTimeStep) return own
  const asked = { stepMs, from: Math.floor(event.occurredAt / stepMs) * stepMs }
  const speed = all.events
    .filter((one) => one.appendedAt >= all.boundary && keyOf(one) === keyOf(event))
    .map((one) => ownBucket(all, one))
  const around = [own, asked, ...speed].filter((bucket) => bucket === own || contains(bucket, own))
  return around.sort((left, right) => right.stepMs - left.stepMs)[0]!
}

/** Every row of an answer without a range, by plain grouping. */
function naiveRows(all: Served, step: Step): Row[] {
  const shown = (event: Event): Bucket => (step === 'all' ? allTimeBucket : shownBucket(all, event, step))
  const groups = Map.groupBy(all.events, (event) =>
    JSON.stringify([keyOf(event), shown(event).stepMs, shown(event).from]),
  )
  const rows = [...groups.values()].map((group) => {
    const { stepMs, from } = shown(group[0]!)
    return { key: keyOf(group[0]!), stepMs, from, state: group.length }
  })
  return rows.sort(
    (left, right) => compareBytes(left.key, right.key) || left.from - right.from || endOf(right) - endOf(left),
  )
}

async function readPages({ layers, view: one, footing }: Served, query: ViewQuery): Promise<Row[]> {
  const rows: Row[] = []
  for (let after: ViewQuery['after'] | null; after !== null;) {
    const page = await readPage(layers, one, footing, { ...query, ...(after ? { after } : {}) })
    expect(page.rows.length).toBeLessThanOrEqual(query.limit)
    expect(rows.length, 'pages that never end').toBeLessThan(10_000)
    rows.push(...page.rows.map(({ key, stepMs, from, state }) => ({ key, stepMs, from, state })))
    after = page.next
  }
  return rows
}

/** A step that a view of these resolutions may be asked for: one of its own, or a multiple of the coarsest. */
function stepsOf({ view: { resolutions } }: Served): number[] {
  return [...resolutions.map(({ stepMs }) => stepMs), 3 * resolutions.at(-1)!.stepMs]
}

const base = { description: '', version: 1, reads: likes }
const picks = fc.nat({ max: 3 })
const limits = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1000))
/** Where a range begins: close to some fact, where buckets are cut through. */
const places = fc.record({ near: fc.nat({ max: 59 }), by: fc.integer({ min: -300, max: 300 }) })
const placeIn = ({ events }: Served, { near, by }: { near: number; by: number }): number =>
  by + (events[near % Math.max(1, events.length)]?.occurredAt ?? 0)

describe('an answer of both layers', () => {
  test('equals a naive merge at every step, and its pages visit every row once', async () => {
    const law = fc.asyncProperty(served, picks, limits, async (all, at, limit) => {
      const steps = stepsOf(all)
      const step = steps[at % steps.length]!
      expect(await readPages(all, { step, limit })).toEqual(naiveRows(all, step))
      expect(await readPages(all, { step: 'all', limit })).toEqual(naiveRows(all, 'all'))
    })
    await fc.assert(law, { numRuns: 500 })
  })

  test('shows of a range the rows that overlap it, widened to whole steps', async () => {
    const law = fc.asyncProperty(
      served,
      picks,
      limits,
      places,
      fc.nat({ max: 3000 }),
      async (all, at, limit, place, length) => {
        const steps = stepsOf(all)
        const step = steps[at % steps.length]!
        const from = placeIn(all, place)
        const until = from + length
        const [first, end] = [Math.floor(from / step) * step, Math.ceil(until / step) * step]
        const wanted = naiveRows(all, step).filter((row) =>
          row.stepMs > 0 ? row.from < end && endOf(row) > first : !isKept(all, from),
        )
        expect(await readPages(all, { step, limit, from, until })).toEqual(wanted)
      },
    )
    await fc.assert(law, { numRuns: 1000 })
  })

  test('sums over a range what its rows at the finest step show, key by key', async () => {
    const law = fc.asyncProperty(served, limits, places, fc.nat({ max: 3000 }), async (all, limit, place, length) => {
      const from = placeIn(all, place)
      const until = from + length
      const rows = naiveRows(all, all.view.resolutions[0]!.stepMs).filter((row) =>
        row.stepMs > 0 ? row.from < until && endOf(row) > from : !isKept(all, from),
      )
      const wanted = [...Map.groupBy(rows, ({ key }) => key)].map(([key, own]) => {
        return { key, ...allTimeBucket, state: own.reduce((sum, { state }) => sum + Number(state), 0) }
      })
      expect(await readPages(all, { step: 'all', limit, from, until })).toEqual(wanted)
    })
    await fc.assert(law, { numRuns: 1000 })
  })

  test('of some keys is what the whole answer says of them', async () => {
    const law = fc.asyncProperty(served, fc.subarray(['a', 'b', '🙃', 'nobody']), limits, async (all, keys, limit) => {
      const step = all.view.resolutions[0]!.stepMs
      const wanted = naiveRows(all, step).filter(({ key }) => keys.includes(key))
      expect(await readPages(all, { step, limit, keys })).toEqual(wanted)
    })
    await fc.assert(law)
  })
})

/** Whether everything since a time is still kept in buckets: what fell into all time then has no part in a range. */
function isKept({ view: { resolutions }, footing, boundary }: Served, from: number): boolean {
  const newest = Math.max(boundary, ...footing.positions!.map(({ appendedAt }) => appendedAt))
  return from >= newest - resolutions.at(-1)!.keepMs
}

test('a history counts at the end of each bucket everything before it', async () => {
  const law = fc.asyncProperty(served, picks, limits, async (all, at, limit) => {
    const steps = stepsOf(all)
    const step = steps[at % steps.length]!
    const key = 'a'
    const rows = naiveRows(all, step).filter((row) => row.key === key)
    const wanted = rows.map((row, place) => ({
      stepMs: row.stepMs,
      from: row.from,
      cumulative: rows.slice(0, place + 1).reduce((sum, { state }) => sum + Number(state), 0),
    }))
    const points = await readHistory(all.layers, all.view, all.footing, { key, step, limit })
    expect(points).toEqual(wanted.filter(({ stepMs }) => stepMs > 0).slice(-limit))
  })
  await fc.assert(law, { numRuns: 500 })
})

test('more rows than one read of the store takes are all there, once', async () => {
  const [keys, perKey] = [['a', 'b', '🙃'], 3000]
  const facts = keys.flatMap((key) => Array.from({ length: perKey }, (_, at) => ({ key, from: 100 * at })))
  const events = facts.map(({ key, from }, offset): Event => {
    const place = { appendedAt: 900_000 + offset, partition: offset % 3, offset }
    return { id: `${offset}`, payload: { video_id: key }, occurredAt: from, ...place }
  })
  const ladder = checked([{ stepMs: 100, keepMs: 10_000_000 }])
  const many = view({ ...base, name: 'many', keyOf: (like) => like.video_id, bucket: ladder, fold: count() })
  const wanted = facts.map(({ key, from }) => ({ key, stepMs: 100, from, state: 1 }))
  const all = serve(many, events, 908_000)
  for (const limit of [1000, 8999, 9000]) expect(await readPages(all, { step: 100, limit })).toEqual(wanted)
})

test('a value that says "too many to tell" is told as that, not as nothing', async () => {
  const fold = distinct((like: { video_id: string }) => like.video_id, { limit: 2 })
  const few = view({ ...base, name: 'few', keyOf: () => 'all', bucket: [], fold })
  const payloads = ['a', 'b', 'c'].map((video_id) => ({ video_id }))
  const events = payloads.map((payload, offset) => ({
    id: `${offset}`,
    payload,
    occurredAt: 0,
    appendedAt: 1000,
    partition: 0,
    offset,
  }))
  const { layers, footing } = serve(few, events, 0)
  const rows = { ...layers.rows, readNewestRun: async () => null }
  const counters = { ...layers.counters, readPositions: async () => [...footing.positions!] }
  expect(await readValueNow({ ...layers, rows, counters }, few)).toBeNull()
})
