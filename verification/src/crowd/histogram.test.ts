import { describe, expect, it } from 'vitest'
import { createLatencies } from '../latencies.ts'
import { createRandom } from '../random.ts'
import { createHistogram } from './histogram.ts'
import { exponential } from './simulate-swings.ts'

describe('a histogram', () => {
  it('tells the same as all durations would, in whole milliseconds', () => {
    const [histogram, latencies, random] = [createHistogram(), createLatencies(), createRandom(3)]
    for (let left = 5000; left > 0; left--) {
      const durationMs = Math.floor(exponential(random, 800))
      histogram.note(durationMs)
      latencies.note(durationMs)
    }
    expect(histogram.percentiles()).toEqual(latencies.percentiles())
    expect(histogram.count).toBe(5000)
  })

  it('can be packed and added', () => {
    const [one, other] = [createHistogram(), createHistogram()]
    one.note(1.9, 3)
    other.note(5)
    other.add(one.pack())
    expect(other.pack()).toEqual([1, 3, 5, 1])
    expect(other.percentiles()).toEqual({ p50: 1, p95: 5, p99: 5, max: 5 })
  })

  it('is 0 without durations, and takes none for negative', () => {
    const histogram = createHistogram()
    expect(histogram.percentiles()).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 })
    histogram.note(-3)
    expect(histogram.pack()).toEqual([0, 1])
  })
})
