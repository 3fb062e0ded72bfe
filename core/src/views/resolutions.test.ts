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

test('a bucket grows coarser only once the end of the coarser one has aged', () => {
  const law = fc.property(ladders, times, times, (ladder, occurredAt, asOf) => {
    const level = levelOf(ladder, occurredAt, asOf)
    for (let finer = 0; finer < level; finer++) {
      const coarser =
        finer + 1 < ladder.length ? bucketAt(ladder, finer + 1, occurredAt) : bucketAt(ladder, finer, occurredAt)
      expect(untilOf(coarser) + ladder[finer]!.keepMs).toBeLessThanOrEqual(asOf)
    }
  })
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
