import { expect, it } from 'vitest'
import { likes } from '../events/like.ts'
import { count } from '../views/folds.ts'
import { tumbling } from '../views/resolutions.ts'
import { view } from '../views/view.ts'
import type { AlignedWindow } from '../views/windows.ts'
import { alignedWindows } from './aligned-windows.ts'

const counted = view({ name: 'counted', description: '', version: 1, reads: likes, keyOf: (like) => like.video_id, bucket: tumbling({ seconds: 2 }), fold: count() })
const windowOf = (sizeMs: number, everyMs: number): AlignedWindow => ({ kind: 'aligned', name: 'any', sizeMs, everyMs })

/** Rows `[from, length, count]` in seconds, of buckets that are written the same way. */
function windowsOf(sizeS: number, everyS: number, buckets: readonly [number, number, number][]): unknown[] {
  const held = buckets.map(([from, step, state]) => ({ key: 'a', from: from * 1000, stepMs: step * 1000, state }))
  return [...alignedWindows(counted, windowOf(sizeS * 1000, everyS * 1000), held)].map(({ from, stepMs, state }) => [from / 1000, stepMs / 1000, state])
}

it('puts a bucket into each window that holds it, and has no row for a window without events', () => {
  expect(windowsOf(8, 4, [[2, 2, 1], [4, 2, 10], [20, 2, 100]])).toEqual([[-4, 8, 1], [0, 8, 11], [4, 8, 10], [16, 8, 100], [20, 8, 100]])
})

it('puts a coarser bucket into the windows that hold all of it', () => {
  expect(windowsOf(120, 60, [[0, 60, 1], [60, 2, 10]])).toEqual([[-60, 120, 1], [0, 120, 11], [60, 120, 10]])
})

it('gives a bucket that is longer than the windows as itself', () => {
  expect(windowsOf(8, 4, [[0, 60, 1], [60, 2, 10]])).toEqual([[0, 60, 1], [60, 8, 10]])
})

it('has no row for a window of which a coarser bucket holds an unknown part', () => {
  expect(windowsOf(90, 90, [[0, 2, 1], [60, 60, 10], [120, 2, 100], [180, 2, 1000]])).toEqual([[0, 2, 1], [60, 60, 10], [120, 2, 100], [180, 90, 1000]])
})

it('has nothing of nothing', () => {
  expect(windowsOf(8, 4, [])).toEqual([])
})
