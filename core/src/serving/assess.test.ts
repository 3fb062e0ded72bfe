import { describe, expect, it } from 'vitest'
import type { ViewPosition } from '../ports/counter-store.ts'
import { type Evidence, findMissing } from './assess.ts'

const position: ViewPosition = {
  view: 'v',
  version: '1',
  partition: 0,
  firstSlice: 0,
  since: 1000,
  nextOffset: 5,
  appendedAt: 9000,
}
const run = { run: 1, boundary: 8000, publishedAt: 9000, views: [] }
const whole: Evidence = {
  run,
  positions: [position],
  lags: [{ partition: 0, lagMs: 0, isForgotten: false }],
  now: 10_000,
  cellTtlMs: 60_000,
  maxLagMs: 5000,
}

describe('what is missing from an answer', () => {
  it('is nothing when every partition is folded from the boundary on and up to the end', () => {
    expect(findMissing(whole)).toEqual([])
    expect(findMissing({ ...whole, run: null })).toEqual([])
    expect(findMissing({ ...whole, positions: [{ ...position, firstSlice: 8000 }] })).toEqual([])
  })

  it('is the speed part, or the knowledge of how far it is, when they can not be read', () => {
    expect(findMissing({ ...whole, positions: null })).toEqual(['speed'])
    expect(findMissing({ ...whole, lags: null })).toEqual(['log'])
  })

  it('is a partition that has no position: it is not taken for empty', () => {
    const lags = [
      { partition: 0, lagMs: 0, isForgotten: false },
      { partition: 1, lagMs: 0, isForgotten: false },
    ]
    expect(findMissing({ ...whole, lags })).toEqual(['partition 1: no speed results yet'])
  })

  it('is what lies between the boundary and the first slice that a view was folded from', () => {
    const late = { ...position, firstSlice: 8001 }
    expect(findMissing({ ...whole, positions: [late] })).toEqual([expect.stringContaining('after the boundary')])
    expect(findMissing({ ...whole, run: null, positions: [late] })).toEqual([
      expect.stringContaining('after the boundary'),
    ])
  })

  it('is a partition that is further behind than allowed', () => {
    expect(findMissing({ ...whole, lags: [{ partition: 0, lagMs: 5000, isForgotten: false }] })).toEqual([])
    expect(findMissing({ ...whole, lags: [{ partition: 0, lagMs: 5001, isForgotten: false }] })).toEqual(['partition 0: 5001 ms behind'])
  })

  it('is a partition whose log ends before what was folded, or of which nobody knows how far it is', () => {
    expect(findMissing({ ...whole, lags: [{ partition: 0, lagMs: 0, isForgotten: true }] })).toEqual(['partition 0: the log ends before what was folded'])
    expect(findMissing({ ...whole, lags: [{ partition: 0, lagMs: null, isForgotten: false }] })).toEqual(['partition 0: not folded yet'])
  })

  it('is what a clock that was ahead keeps in a slice that does not end, while its cells expire', () => {
    const ahead = { ...position, appendedAt: 10_000 + 60_001 }
    expect(findMissing({ ...whole, positions: [ahead] })).toEqual([expect.stringContaining('ahead')])
    expect(findMissing({ ...whole, positions: [{ ...ahead, appendedAt: 70_000 }] })).toEqual([])
  })

  it('is what may have expired since the boundary, or since the first event while there was no run', () => {
    expect(findMissing({ ...whole, now: 67_999 })).toEqual([])
    expect(findMissing({ ...whole, now: 68_000 })).toEqual([expect.stringMatching(/^expired/)])
    expect(findMissing({ ...whole, run: null, now: 60_999 })).toEqual([])
    expect(findMissing({ ...whole, run: null, now: 61_000 })).toEqual([expect.stringMatching(/^expired/)])
    expect(findMissing({ ...whole, run: null, now: 1e9, positions: [{ ...position, since: null }] })).toEqual([])
  })
})
