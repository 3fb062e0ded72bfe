import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intensityOf } from './intensity.ts'

/** Chance from a seed, evenly in [0, 1); Mulberry32. */
function createChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How many events of a steady crowd there were where `mean` are expected: as many exponential gaps as fit. */
function poisson(chance: () => number, mean: number): number {
  let count = 0
  for (let time = -Math.log(1 - chance()); time < mean; time -= Math.log(1 - chance())) count++
  return count
}

interface Crowd {
  readonly seed: number
  /** Events of a window. */
  readonly mean: number
  /** Lengths of the baseline in windows. */
  readonly windows: number
}

/** The intensities of many independent windows of a crowd that is `times` as busy in them as before. */
function intensitiesOf({ seed, mean, windows }: Crowd, times: number): number[] {
  const chance = createChance(seed)
  return Array.from({ length: 400 }, () => {
    const now = { count: poisson(chance, mean * times), lengthMs: 2000 }
    return intensityOf(now, { count: poisson(chance, mean * windows), lengthMs: 2000 * windows })
  })
}

const average = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length
const seeds = fc.nat({ max: 2 ** 31 })
const crowds = fc.record({ seed: seeds, mean: fc.double({ min: 0.01, max: 40, noNaN: true }), windows: fc.integer({ min: 2, max: 50 }) })

describe('the intensity', () => {
  it('is the statistic that others compute: the first example of statsmodels', () => {
    expect(intensityOf({ count: 60, lengthMs: 51_477.5 }, { count: 30, lengthMs: 54_308.7 })).toBeCloseTo(3.445485, 5)
  })

  it('of a steady crowd is about 0 on average, and varies by about 1 or less', () => {
    const law = fc.property(crowds, (crowd) => {
      const intensities = intensitiesOf(crowd, 1)
      const mean = average(intensities)
      expect(Math.abs(mean)).toBeLessThan(0.55)
      expect(Math.sqrt(average(intensities.map((one) => (one - mean) ** 2)))).toBeLessThan(1.25)
    })
    fc.assert(law, { numRuns: 50 })
  })

  it('of a burst is clearly positive, of a crowd that falls silent clearly negative', () => {
    const busy = fc.record({ seed: seeds, mean: fc.double({ min: 10, max: 40, noNaN: true }), windows: fc.integer({ min: 20, max: 50 }) })
    const law = fc.property(busy, (crowd) => {
      expect(average(intensitiesOf(crowd, 3))).toBeGreaterThan(4)
      expect(average(intensitiesOf(crowd, 0.1))).toBeLessThan(-3)
    })
    fc.assert(law, { numRuns: 30 })
  })

  it('of a steady crowd of some size is closer to 0 yet', () => {
    const busy = fc.record({ seed: seeds, mean: fc.double({ min: 5, max: 40, noNaN: true }), windows: fc.integer({ min: 10, max: 50 }) })
    const law = fc.property(busy, (crowd) => {
      const intensities = Array.from({ length: 10 }, (_, at) => intensitiesOf({ ...crowd, seed: crowd.seed + at }, 1)).flat()
      expect(Math.abs(average(intensities))).toBeLessThan(0.18)
    })
    fc.assert(law, { numRuns: 20 })
  })

  const counts = fc.nat({ max: 100_000 })
  const lengths = fc.integer({ min: 1, max: 300_000 })

  it('has the sign of the surplus, grows with what there is now and falls with what there was before', () => {
    const law = fc.property(counts, counts, lengths, lengths, (count, before, lengthMs, beforeMs) => {
      const [now, baseline] = [{ count, lengthMs }, { count: before, lengthMs: beforeMs }]
      const intensity = intensityOf(now, baseline)
      const surplus = count - (before * lengthMs) / beforeMs
      expect(Number.isFinite(intensity)).toBe(true)
      expect(intensity * surplus).toBeGreaterThanOrEqual(0)
      expect(intensityOf({ ...now, count: count + 1 }, baseline)).toBeGreaterThanOrEqual(intensity)
      expect(intensityOf(now, { ...baseline, count: before + 1 })).toBeLessThanOrEqual(intensity)
    })
    fc.assert(law, { numRuns: 1000 })
  })

  it('of nothing after next to nothing is 0, not the surplus that the constant of the formula would make of it', () => {
    for (const count of [0, 1, 50]) expect(intensityOf({ count: 0, lengthMs: 2000 }, { count, lengthMs: 300_000 })).toBe(0)
    expect(intensityOf({ count: 1, lengthMs: 2000 }, { count: 1, lengthMs: 300_000 })).toBeGreaterThan(2)
  })
})
