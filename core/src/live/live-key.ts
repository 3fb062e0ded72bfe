import { allTimeFrom } from '../ports/row-store.ts'
import type { StateRow } from '../serving/merge-rows.ts'
import type { Slice } from '../slices/slice.ts'
import { allTimeBucket, allTimeStep, type Bucket, floorTo, untilOf } from '../views/resolutions.ts'
import { mergeSessions, type Session } from '../views/sessions.ts'
import type { View } from '../views/view.ts'
import { type WindowRange, windowsAround, type Window } from '../views/windows.ts'
import { createLiveBucket, type LiveBucket, stateOf } from './live-bucket.ts'

/** The range of the bucket that holds all time. */
export const allTimeRange: WindowRange = { from: allTimeFrom, until: Number.POSITIVE_INFINITY }

/** All that is held of one key: its buckets, by step and start. */
export interface LiveKey {
  readonly buckets: Map<number, Map<number, LiveBucket>>
}

export function rangeOf(bucket: Bucket): WindowRange {
  return bucket.stepMs === allTimeStep ? allTimeRange : { from: bucket.from, until: untilOf(bucket) }
}

/** The bucket as long as a range. */
export function bucketOf({ from, until }: WindowRange): Bucket {
  return until === Number.POSITIVE_INFINITY ? allTimeBucket : { stepMs: until - from, from }
}

function findBucket({ buckets }: LiveKey, { stepMs, from }: Bucket): LiveBucket | undefined {
  return buckets.get(stepMs)?.get(from)
}

/** `boundary`: of what was read of the time around it, should it have to be made. */
export function openBucket(key: LiveKey, bucket: Bucket, boundary: Slice = 0): LiveBucket {
  const known = findBucket(key, bucket)
  if (known) return known
  const made = createLiveBucket(bucket, boundary)
  const ofStep = key.buckets.get(bucket.stepMs)
  if (ofStep) ofStep.set(bucket.from, made)
  else key.buckets.set(bucket.stepMs, new Map([[bucket.from, made]]))
  return made
}

/** The longest bucket that holds this one: where something came so late that it was put into a coarse bucket, finer ones are shown as that one. */
function widestAround(key: LiveKey, { resolutions }: View, bucket: Bucket): Bucket {
  let widest = bucket
  if (bucket.stepMs === allTimeStep) return widest
  for (const { stepMs } of resolutions) {
    const coarse = { stepMs, from: floorTo(bucket.from, stepMs) }
    if (stepMs > widest.stepMs && findBucket(key, coarse)) widest = coarse
  }
  return widest
}

/** The windows of one kind in which a bucket is shown: at least one, the bucket itself where it is coarser than they are. */
export function windowsOf(key: LiveKey, view: View, window: Window, bucket: Bucket): readonly WindowRange[] {
  const range = rangeOf(widestAround(key, view, bucket))
  if (range.until === Number.POSITIVE_INFINITY || window.kind !== 'aligned') return [range]
  const ranges = windowsAround(window, range)
  return ranges.length > 0 ? ranges : [range]
}

/** Buckets that lie wholly in a range: of all time only what holds all time. */
function bucketsWithin({ buckets }: LiveKey, range: WindowRange): LiveBucket[] {
  const isAllTime = range.until === Number.POSITIVE_INFINITY
  return [...buckets].flatMap(([stepMs, ofStep]) => {
    if (isAllTime) return stepMs === allTimeStep ? [...ofStep.values()] : []
    return stepMs === allTimeStep ? [] : ofStepWithin(ofStep, stepMs, range)
  })
}

/** Looks them up one by one, or through all that there are where that is less. */
function ofStepWithin(ofStep: ReadonlyMap<number, LiveBucket>, stepMs: number, { from, until }: WindowRange): LiveBucket[] {
  const length = Math.floor((until - from) / stepMs)
  if (length > ofStep.size) return [...ofStep.values()].filter((bucket) => bucket.from >= from && bucket.from + stepMs <= until)
  const first = Math.ceil(from / stepMs) * stepMs
  const starts = Array.from({ length }, (_, at) => first + at * stepMs).filter((start) => start + stepMs <= until)
  return starts.flatMap((start) => ofStep.get(start) ?? [])
}

/** The state of everything in a range. */
export function stateWithin(key: LiveKey, view: View, range: WindowRange): unknown {
  let state = view.fold.zero
  let isFirst = true
  for (const bucket of bucketsWithin(key, range)) {
    state = isFirst ? stateOf(view, bucket) : view.fold.merge(state, stateOf(view, bucket))
    isFirst = false
  }
  return state
}

/** What the key had in a range, as rows. */
export function rowsWithin(name: string, key: LiveKey, view: View, range: WindowRange): StateRow[] {
  const rows = bucketsWithin(key, range).map((bucket) => ({ key: name, stepMs: bucket.stepMs, from: bucket.from, state: stateOf(view, bucket) }))
  return rows.sort((left, right) => left.from - right.from)
}

/** The sessions of a key, as far as its buckets are held. */
export function sessionsOf(key: LiveKey, view: View): readonly Session<unknown>[] {
  const dated = [...key.buckets].filter(([stepMs]) => stepMs !== allTimeStep)
  return mergeSessions(view.fold, dated.flatMap(([, ofStep]) => [...ofStep.values()].map((bucket) => stateOf(view, bucket))))
}
