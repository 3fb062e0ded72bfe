import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ladders, times } from './ladders.contract.ts'
import {
  allTimeBucket,
  allTimeStep,
  type Bucket,
  bucketAt,
  checked,
  levelOf,
  tumbling,
  untilOf,
  widen,
} from './resolutions.ts'

const within = (inner: Bucket, outer: Bucket): boolean =>
  outer.stepMs === allTimeStep ||
  (inner.stepMs !== allTimeStep && inner.from >= outer.from && untilOf(inner) <= untilOf(outer))
const apart = (one: Bucket, other: Bucket): boolean => untilOf(one) <= other.from || untilOf(other) <= one.from

test('the level of an event grows with the time from which it is looked at', () => {
  const law = fc.property(ladders, times, times, times, (ladder, occurredAt, one, other) => {
    const [early, late] = [Math.min(one, other), Math.max(one, other)]
    expect(levelOf(ladder, occurredAt, early)).toBeLessThanOrEqual(levelOf(ladder, occurredAt, late))
  })
  fc.assert(law)
})

test('every bucket of an event holds it, and lies within the next coarser one', () => {
  const law = fc.property(ladders, times, (ladder, occurredAt) => {
    ladder.forEach((_, level) => {
      const bucket = bucketAt(ladder, level, occurredAt)
      expect(bucket.from <= occurredAt && occurredAt < untilOf(bucket)).toBe(true)
      expect(within(bucket, bucketAt(ladder, level + 1, occurredAt))).toBe(true)
    })
    expect(bucketAt(ladder, ladder.length, occurredAt)).toEqual(allTimeBucket)
  })
  fc.assert(law)
})

test('seen from one time, a coarse bucket never holds a part of what finer ones still hold', () => {
  const law = fc.property(ladders, times, fc.nat({ max: 3000 }), times, (ladder, first, distance, asOf) => {
    const [one, other] = [first, first + distance].map((time) =>
      bucketAt(ladder, levelOf(ladder, time, asOf), time),
    ) as [Bucket, Bucket]
    if (one.stepMs === allTimeStep || other.stepMs === allTimeStep) return
    expect(apart(one, other) || (one.from === other.from && one.stepMs === other.stepMs)).toBe(true)
  })
  fc.assert(law, { numRuns: 1000 })
})

test('what fell into all time is older than everything that did not', () => {
  const law = fc.property(ladders, times, times, times, (ladder, one, other, asOf) => {
    const [early, late] = [Math.min(one, other), Math.max(one, other)]
    if (levelOf(ladder, late, asOf) === ladder.length) expect(levelOf(ladder, early, asOf)).toBe(ladder.length)
  })
  fc.assert(law)
})

test('a bucket grows coarser as soon as the end of the coarser one has aged, and not before', () => {
  const law = fc.property(
    ladders,
    times,
    fc.nat({ max: 3 }),
    fc.integer({ min: -1, max: 1 }),
    (ladder, occurredAt, at, later) => {
      const level = at % ladder.length
      const coarser = bucketAt(ladder, Math.min(level + 1, ladder.length - 1), occurredAt)
      const hasAged = levelOf(ladder, occurredAt, untilOf(coarser) + ladder[level]!.keepMs + later) > level
      expect(hasAged).toBe(later >= 0)
    },
  )
  fc.assert(law)
})

test('a widened bucket holds the one it came from and is no finer than asked', () => {
  const law = fc.property(ladders, times, fc.nat({ max: 4 }), fc.nat({ max: 4 }), (ladder, occurredAt, from, to) => {
    const bucket = bucketAt(ladder, from % (ladder.length + 1), occurredAt)
    const { stepMs } = ladder[to % ladder.length]!
    const wide = widen(bucket, stepMs)
    expect(within(bucket, wide)).toBe(true)
    expect(wide.stepMs === allTimeStep || wide.stepMs >= stepMs).toBe(true)
  })
  fc.assert(law)
})

test('the finest step of a tumbling ladder is the one asked for, without a second rung of its length', () => {
  expect(tumbling({ seconds: 2 }).map(({ stepMs }) => stepMs)).toEqual([2000, 60_000, 3_600_000])
  expect(tumbling({ seconds: 60 }).map(({ stepMs }) => stepMs)).toEqual([60_000, 3_600_000])
  expect(() => tumbling({ seconds: 7 })).toThrow('must divide')
})

test('a ladder whose steps do not nest, or whose times do not grow, is refused', () => {
  expect(() =>
    checked([
      { stepMs: 2, keepMs: 1 },
      { stepMs: 3, keepMs: 2 },
    ]),
  ).toThrow('must divide')
  expect(() =>
    checked([
      { stepMs: 2, keepMs: 2 },
      { stepMs: 4, keepMs: 2 },
    ]),
  ).toThrow('longer')
})
