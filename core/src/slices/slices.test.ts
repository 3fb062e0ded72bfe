import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPartitionClock } from './partition-clock.ts'
import { createSeenIds } from './seen-ids.ts'
import { boundaryOf, slicesBetween, sliceOf } from './slice.ts'

const horizonMs = 50

interface Sighting {
  readonly id: string
  readonly appendedAt: number
}

/** Ids of a partition in log order. Steps of 0, of exactly the horizon, and beyond two horizons are all likely. */
const sightings: fc.Arbitrary<Sighting[]> = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      later: fc.oneof(fc.nat({ max: 30 }), fc.constantFrom(0, 49, 50, 51, 100, 101, 150)),
    }),
    {
      maxLength: 60,
    },
  )
  .map((steps) => {
    let appendedAt = 0
    return steps.map(({ id, later }) => ({ id, appendedAt: (appendedAt += later) }))
  })

/** By definition: another record with the id stands within the horizon before it, counted or not. */
function isRepeatOf(all: readonly Sighting[], at: number): boolean {
  const { id, appendedAt } = all[at]!
  return all.slice(0, at).some((before) => before.id === id && appendedAt - before.appendedAt <= horizonMs)
}

test('a record repeats another exactly when one with its id stands within the horizon before it, counted or not', () => {
  const law = fc.property(sightings, (all) => {
    const seen = createSeenIds(horizonMs)
    const found = all.map(({ id, appendedAt }) => seen.isRepeat(id, appendedAt))
    expect(found).toEqual(all.map((_, at) => isRepeatOf(all, at)))
  })
  fc.assert(law, { numRuns: 2000 })
})

test('whoever begins a horizon earlier decides as whoever read everything', () => {
  const law = fc.property(sightings, fc.nat({ max: 2000 }), (all, foldFrom) => {
    const seen = createSeenIds(horizonMs)
    const replayed = all.filter(({ appendedAt }) => appendedAt >= foldFrom - horizonMs)
    const found = replayed.map(({ id, appendedAt }) => ({ appendedAt, isRepeat: seen.isRepeat(id, appendedAt) }))
    const wanted = all.map(({ appendedAt }, at) => ({ appendedAt, isRepeat: isRepeatOf(all, at) }))
    const isFolded = (one: { appendedAt: number }): boolean => one.appendedAt >= foldFrom
    expect(found.filter(isFolded)).toEqual(wanted.filter(isFolded))
  })
  fc.assert(law, { numRuns: 2000 })
})

test('what is held are at most the ids of two horizons, some of them twice', () => {
  const law = fc.property(sightings, (all) => {
    const seen = createSeenIds(horizonMs)
    all.forEach(({ id, appendedAt }, at) => {
      seen.isRepeat(id, appendedAt)
      const recent = all.slice(0, at + 1).filter((one) => appendedAt - one.appendedAt <= 2 * horizonMs + 150)
      expect(seen.size).toBeLessThanOrEqual(2 * new Set(recent.map((one) => one.id)).size)
    })
    seen.isRepeat('z', 1_000_000)
    seen.isRepeat('z', 2_000_000)
    expect(seen.size).toBe(2)
  })
  fc.assert(law)
})

test('the appended time is the running maximum, wherever one begins to read', () => {
  const law = fc.property(fc.array(fc.nat({ max: 100 }), { minLength: 1 }), fc.nat(), (timestamps, start) => {
    const maxima = timestamps.map((_, at) => Math.max(...timestamps.slice(0, at + 1)))
    const from = start % timestamps.length
    const clock = createPartitionClock(from === 0 ? 0 : maxima[from - 1]!)
    expect(timestamps.slice(from).map((timestamp) => clock.stamp(timestamp))).toEqual(maxima.slice(from))
    expect(clock.appendedAt).toBe(maxima.at(-1))
  })
  fc.assert(law)
})

test('seeking a time finds the first record whose appended time reaches it, although the records have raw times', () => {
  const law = fc.property(fc.array(fc.nat({ max: 100 })), fc.nat({ max: 100 }), (timestamps, time) => {
    const maxima = timestamps.map((_, at) => Math.max(...timestamps.slice(0, at + 1)))
    expect(timestamps.findIndex((timestamp) => timestamp >= time)).toBe(maxima.findIndex((maximum) => maximum >= time))
  })
  fc.assert(law)
})

const lengths = fc.integer({ min: 1, max: 1000 })

test('every time lies in exactly one slice, named by its start', () => {
  const law = fc.property(fc.integer(), lengths, (time, sliceMs) => {
    const slice = sliceOf(time, sliceMs)
    expect(Math.abs(slice % sliceMs)).toBe(0)
    expect(slice <= time && time < slice + sliceMs).toBe(true)
  })
  fc.assert(law)
})

test('the slices between two times are all those that hold a time between them', () => {
  const law = fc.property(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), lengths, (from, distance, sliceMs) => {
    const slices = slicesBetween(from, from + distance, sliceMs)
    const wanted = new Set(Array.from({ length: distance }, (_, at) => sliceOf(from + at, sliceMs)))
    // From the start of its slice on, also where nothing lies between.
    if (distance === 0 && from % sliceMs !== 0) wanted.add(sliceOf(from, sliceMs))
    expect(slices).toEqual([...wanted])
  })
  fc.assert(law)
})

test('no tick stands before the boundary, and one stands in its slice', () => {
  const law = fc.property(fc.array(fc.nat(), { minLength: 1 }), lengths, (times, sliceMs) => {
    const boundary = boundaryOf(
      times.map((appendedAt) => ({ appendedAt })),
      sliceMs,
    )
    expect(times.every((time) => time >= boundary)).toBe(true)
    expect(times.some((time) => sliceOf(time, sliceMs) === boundary)).toBe(true)
  })
  fc.assert(law)
  expect(() => boundaryOf([], 1000)).toThrow(RangeError)
})
