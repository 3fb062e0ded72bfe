import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { likes } from '../events/like.ts'
import { count } from '../views/folds.ts'
import { checked } from '../views/resolutions.ts'
import { type Around, type View, view } from '../views/view.ts'
import { aroundOf, aroundsOf, shownValue } from './look-around.ts'
import type { StateRow } from './merge-rows.ts'
import { createSlidingMerge } from './sliding-merge.ts'

const base = { name: 'compared', description: '', version: 1, reads: likes, keyOf: () => 'all', fold: count() }
const bucket = checked([{ stepMs: 2, keepMs: 100 }])
const baselineMs = 20
const compared = view({ ...base, bucket, showing: { baselineMs, show: (state, around) => ({ state, around }) } })
const plain = view({ ...base, bucket })
const row = (from: number, stepMs: number, state: unknown = 1): StateRow => ({ key: 'all', from, stepMs, state })

describe('what lies around a row', () => {
  it('is what its key had right before, and for how long', () => {
    const earlier = [row(86, 2, 3), row(90, 2, 4), row(98, 2, 5)]
    expect(aroundOf(compared, row(100, 2), earlier)).toEqual({ lengthMs: 2, baseline: { state: 12, lengthMs: 14 } })
  })

  it('ends with the row and begins with the baseline, and takes in whole buckets only', () => {
    const earlier = [row(70, 2), row(79, 2), row(80, 2, 7), row(96, 8), row(100, 2), row(102, 2)]
    expect(aroundOf(compared, row(100, 2), earlier)).toEqual({ lengthMs: 2, baseline: { state: 7, lengthMs: 20 } })
  })

  it('is of any order, and of fine and coarse buckets beside each other', () => {
    const earlier = [row(98, 2, 5), row(80, 10, 7), row(84, 2, 1), row(Number.MIN_SAFE_INTEGER, 0, 1000)]
    expect(aroundOf(compared, row(100, 4), earlier)).toEqual({ lengthMs: 4, baseline: { state: 13, lengthMs: 20 } })
  })

  it('is nothing where there was nothing, for all time, and for a row as long as the baseline', () => {
    expect(aroundOf(compared, row(100, 2), [])).toEqual({ lengthMs: 2, baseline: null })
    expect(aroundOf(compared, row(Number.MIN_SAFE_INTEGER, 0), [row(0, 2)])).toEqual({ lengthMs: null, baseline: null })
    expect(aroundOf(compared, row(100, 20), [row(98, 2)])).toEqual({ lengthMs: 20, baseline: null })
    expect(aroundOf(plain, row(100, 2), [row(98, 2)])).toEqual({ lengthMs: 2, baseline: null })
  })

  it('is what a view shows its values by; others show what they fold to', () => {
    const around = aroundOf(compared, row(100, 2), [row(98, 2, 5)])
    expect(shownValue(compared, 9, around)).toEqual({ state: 9, around })
    expect(shownValue(plain, 9, around)).toBe(9)
  })
})

/** Buckets one after the other, with pauses, of different lengths. */
const lists: fc.Arbitrary<StateRow[]> = fc
  .array(fc.record({ pause: fc.nat({ max: 12 }), stepMs: fc.constantFrom(1, 2, 4, 25), state: fc.nat({ max: 9 }) }), { maxLength: 40 })
  .map((parts) => {
    let from = 0
    return parts.map(({ pause, stepMs, state }) => {
      const made = row(from + pause, stepMs, state)
      from += pause + stepMs
      return made
    })
  })

test('many rows at once have around them what each has by itself', () => {
  const law = fc.property(lists, lists, fc.boolean(), (rows, earlier, hasTotal) => {
    const all: StateRow[] = [...(hasTotal ? [row(Number.MIN_SAFE_INTEGER, 0)] : []), ...rows]
    expect(aroundsOf(compared, all, earlier)).toEqual(all.map((one) => aroundOf(compared, one, earlier)))
    expect(aroundsOf(compared, rows, rows), 'of each other').toEqual(rows.map((one) => aroundOf(compared, one, rows)))
  })
  fc.assert(law, { numRuns: 1000 })
})

describe('merging what slides along', () => {
  function countMerges(): { counting: Pick<View, 'fold'>; merges: () => number } {
    let merges = 0
    const merge = (left: unknown, right: unknown): unknown => {
      merges++
      return plain.fold.merge(left, right)
    }
    return { counting: { fold: { ...plain.fold, merge } }, merges: () => merges }
  }

  it('holds the rows that were not dropped, whatever was pushed and dropped before', () => {
    const steps = fc.array(fc.record({ state: fc.nat({ max: 9 }), behind: fc.nat({ max: 12 }), looks: fc.boolean() }), { maxLength: 60 })
    const law = fc.property(steps, (all) => {
      const sliding = createSlidingMerge(plain)
      let held: StateRow[] = []
      let dropped = 0
      all.forEach(({ state, behind, looks }, at) => {
        sliding.push(row(at, 1, state))
        dropped = Math.max(dropped, at - behind)
        sliding.dropBefore(dropped)
        held = [...held, row(at, 1, state)].filter(({ from }) => from >= dropped)
        if (!looks) return
        expect(sliding.oldest).toEqual(held[0])
        expect(sliding.state).toBe(held.reduce((sum, one) => sum + Number(one.state), 0))
      })
    })
    fc.assert(law, { numRuns: 500 })
  })

  it('merges each row a few times, however many are held', () => {
    const { counting, merges } = countMerges()
    const sliding = createSlidingMerge(counting)
    const states: unknown[] = []
    for (let at = 0; at < 5000; at++) {
      sliding.push(row(at, 1))
      sliding.dropBefore(at - 149)
      states.push(sliding.state)
    }
    expect(states.at(-1)).toBe(150)
    expect(merges()).toBeLessThan(3.1 * 5000)
  })

  it('is empty at first, and again when everything is dropped', () => {
    const sliding = createSlidingMerge(plain)
    const look = (): [StateRow | undefined, unknown] => [sliding.oldest, sliding.state]
    expect(look()).toEqual([undefined, 0])
    sliding.push(row(1, 1))
    sliding.dropBefore(5)
    expect(look()).toEqual([undefined, 0])
  })
})

test('a page of ten thousand rows is no more than what a page is', () => {
  const rows = Array.from({ length: 10_000 }, (_, at) => row(2 * at, 2, 1))
  const arounds: Around[] = aroundsOf(compared, rows, rows)
  expect(arounds.at(-1)).toEqual({ lengthMs: 2, baseline: { state: 10, lengthMs: 20 } })
})
