import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlignedWindow, hoppingWindow, lengthOf, sessionWindow, slidingWindow, tumblingWindow, type WindowRange, windowsAround } from './windows.ts'

const finestMs = 2000
const aligned = (sizeMs: number, everyMs: number): AlignedWindow => ({ kind: 'aligned', name: 'w', sizeMs, everyMs })

describe('a window as a view writes it down', () => {
  it('is named after what it is, in the longest unit that is whole', () => {
    expect(tumblingWindow({ seconds: 2 })(finestMs)).toEqual({ kind: 'aligned', name: '2s', sizeMs: 2000, everyMs: 2000 })
    const names = [
      tumblingWindow({ seconds: 600 }),
      tumblingWindow({ seconds: 7200 }),
      hoppingWindow({ seconds: 60, everySeconds: 10 }),
      slidingWindow({ seconds: 90 * 2 }),
      sessionWindow({ gapSeconds: 1800 }),
    ].map((define) => define(finestMs).name)
    expect(names).toEqual(['10m', '2h', 'hopping-1m-10s', 'sliding-3m', 'session-30m'])
  })

  it('moves on by its own length, by the time given, or by the finest step', () => {
    expect(hoppingWindow({ seconds: 60, everySeconds: 10 })(finestMs)).toMatchObject({ sizeMs: 60_000, everyMs: 10_000 })
    expect(slidingWindow({ seconds: 60 })(finestMs)).toMatchObject({ sizeMs: 60_000, everyMs: finestMs })
    expect(sessionWindow({ gapSeconds: 1.5 })(finestMs)).toEqual({ kind: 'session', name: 'session-1.5s', gapMs: 1500 })
  })

  it('is of whole milliseconds, whatever seconds make of them', () => {
    for (let ms = 1; ms < 3000; ms++) {
      expect(tumblingWindow({ seconds: ms / 1000 })(ms)).toMatchObject({ sizeMs: ms, everyMs: ms })
      expect(sessionWindow({ gapSeconds: ms / 1000 })(ms)).toMatchObject({ gapMs: ms })
    }
  })

  it('is refused when it is not made of whole steps, or leaves time out', () => {
    const refused: readonly [() => unknown, string][] = [
      [() => tumblingWindow({ seconds: 3 })(finestMs), 'whole steps of 2000 ms'],
      [() => tumblingWindow({ seconds: 0 })(finestMs), 'whole steps'],
      [() => tumblingWindow({ seconds: -2 })(finestMs), 'whole steps'],
      [() => tumblingWindow({ seconds: Number.NaN })(finestMs), 'whole steps'],
      [() => tumblingWindow({ seconds: Number.POSITIVE_INFINITY })(finestMs), 'whole steps'],
      [() => hoppingWindow({ seconds: 60, everySeconds: 5 })(finestMs), 'whole steps'],
      [() => hoppingWindow({ seconds: 60, everySeconds: 0 })(finestMs), 'whole steps'],
      [() => hoppingWindow({ seconds: 60, everySeconds: 14 })(finestMs), 'multiple'],
      [() => hoppingWindow({ seconds: 10, everySeconds: 20 })(finestMs), 'multiple'],
      [() => tumblingWindow({ seconds: 2 })(0), 'buckets'],
      [() => sessionWindow({ gapSeconds: 0 })(finestMs), 'gap'],
      [() => sessionWindow({ gapSeconds: -1 })(finestMs), 'gap'],
      [() => sessionWindow({ gapSeconds: Number.NaN })(finestMs), 'gap'],
      [() => sessionWindow({ gapSeconds: Number.POSITIVE_INFINITY })(finestMs), 'gap'],
    ]
    for (const [define, reason] of refused) expect(define).toThrow(reason)
  })

  it('holds an event at most 120 times', () => {
    expect(slidingWindow({ seconds: 240 })(finestMs)).toMatchObject({ sizeMs: 240_000 })
    expect(() => slidingWindow({ seconds: 242 })(finestMs)).toThrow('120th')
  })

  it('says how long after its first event it may still grow', () => {
    expect(lengthOf(aligned(60_000, 10_000))).toBe(60_000)
    expect(lengthOf(sessionWindow({ gapSeconds: 30 })(finestMs))).toBe(30_000)
    expect(lengthOf({ kind: 'all-time', name: 'all' })).toBe(0)
  })
})

describe('the windows around a stretch of time', () => {
  /** Every aligned window of a wide stretch that holds the range. */
  function searchWindows({ sizeMs, everyMs }: AlignedWindow, { from, until }: WindowRange): WindowRange[] {
    const found: WindowRange[] = []
    for (let start = -100 * everyMs; start <= from; start += everyMs) {
      if (start + sizeMs >= until) found.push({ from: start, until: start + sizeMs })
    }
    return found
  }

  it('are all that hold the whole of it, oldest first, also before 1970', () => {
    const windows = fc.record({ everyMs: fc.integer({ min: 1, max: 5 }), overlap: fc.integer({ min: 1, max: 6 }) })
    const ranges = fc.record({ from: fc.integer({ min: -50, max: 50 }), length: fc.integer({ min: 1, max: 12 }) })
    const law = fc.property(windows, ranges, ({ everyMs, overlap }, { from, length }) => {
      const window = aligned(everyMs * overlap, everyMs)
      const range = { from, until: from + length }
      expect(windowsAround(window, range)).toEqual(searchWindows(window, range))
    })
    fc.assert(law, { numRuns: 1000 })
  })

  it('are as many as overlap for one step, and exactly one where they tumble', () => {
    expect(windowsAround(aligned(60_000, 10_000), { from: 20_000, until: 22_000 }).map(({ from }) => from)).toEqual([-30_000, -20_000, -10_000, 0, 10_000, 20_000])
    expect(windowsAround(aligned(60_000, 60_000), { from: 60_000, until: 62_000 })).toEqual([{ from: 60_000, until: 120_000 }])
  })

  it('are none for what is longer than they are, crosses an edge, or is all time', () => {
    expect(windowsAround(aligned(2000, 2000), { from: 0, until: 60_000 })).toEqual([])
    expect(windowsAround(aligned(60_000, 60_000), { from: 59_000, until: 61_000 })).toEqual([])
    expect(windowsAround(aligned(60_000, 60_000), { from: Number.MIN_SAFE_INTEGER, until: Number.POSITIVE_INFINITY })).toEqual([])
  })
})
