import { allTimeBucket, allTimeStep, type Bucket, untilOf, widen } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'

/** A decoded result of either layer. */
export interface StateRow extends Bucket {
  readonly key: string
  readonly state: unknown
  /** Where a row that was merged over everything asked for begins and ends: the union of the buckets in it. */
  readonly extent?: Extent
}

/** A stretch of event time in milliseconds, half-open; infinite where a bucket of all time is in it. */
export interface Extent {
  readonly from: number
  readonly until: number
}

/** The step of an answer in milliseconds, or one row a key over everything that was asked for. */
export type Step = number | 'all'

/** Keys in the order of the stores: by their UTF-8 bytes, which is the order of code points and not that of UTF-16. */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)]
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1
  }
  return left.length - right.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000
}

/** By key, then by start, then the longer bucket first. */
export function compareRows(left: StateRow, right: StateRow): number {
  if (left.key !== right.key) return compareKeys(left.key, right.key)
  if (left.from !== right.from) return left.from - right.from
  return left.stepMs === right.stepMs ? 0 : untilOf(right) - untilOf(left)
}

/** Orders rows, and merges those of the same key and bucket (they come from several slices and partitions). */
export function mergeEqualRows(view: View, rows: readonly StateRow[]): StateRow[] {
  const merged: StateRow[] = []
  for (const row of [...rows].sort(compareRows)) {
    const last = merged.at(-1)
    if (last && compareRows(last, row) === 0) merged[merged.length - 1] = mergeInto(view, last, row)
    else merged.push(row)
  }
  return merged
}

/** The row of the left one's bucket that holds both. */
export function mergeInto({ fold }: View, left: StateRow, right: StateRow): StateRow {
  const state = fold.merge(left.state, right.state)
  if (!left.extent || !right.extent) return { ...left, state }
  const extent = { from: Math.min(left.extent.from, right.extent.from), until: Math.max(left.extent.until, right.extent.until) }
  return { ...left, state, extent }
}

function extentOf(row: StateRow): Extent {
  if (row.stepMs === allTimeStep) return { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
  return { from: row.from, until: untilOf(row) }
}

/**
 * Which bucket of an answer a row falls into: that of the asked step, or its own where it is coarser already, or that
 * of a coarser speed row which holds it. (A late event is put into the bucket that its age allows; what the batch
 * view still holds finer must then be shown as coarse, or one stretch of time would be shown by two rows.)
 */
export function createBucketing(step: Step, speed: readonly StateRow[]): (row: StateRow) => Bucket {
  if (step === 'all') return () => allTimeBucket
  const coarse = Map.groupBy(speed.filter(({ stepMs }) => stepMs > step), ({ key }) => key)
  return (row) => {
    let bucket = widen(row, step)
    for (const wider of coarse.get(row.key) ?? []) if (holds(wider, bucket)) bucket = wider
    return { stepMs: bucket.stepMs, from: bucket.from }
  }
}

function holds(wider: Bucket, bucket: Bucket): boolean {
  return wider.stepMs > bucket.stepMs && bucket.stepMs !== allTimeStep && wider.from <= bucket.from && untilOf(wider) >= untilOf(bucket)
}

/** The rows of both layers, each in the order of `compare`. */
export interface LayerRows {
  readonly batch: AsyncIterable<StateRow>
  readonly speed: readonly StateRow[]
  readonly compare: (left: StateRow, right: StateRow) => number
}

/** Rows of both layers as rows of the answer, in their order. Reads no further than it is asked for. */
export async function* mergeLayers(
  view: View,
  bucketOf: (row: StateRow) => Bucket,
  layers: LayerRows,
): AsyncIterable<StateRow> {
  let current: StateRow | undefined
  for await (const row of interleave(layers)) {
    const placed = { ...row, ...bucketOf(row), extent: extentOf(row) }
    if (current && current.key === placed.key && current.from === placed.from && current.stepMs === placed.stepMs) {
      current = mergeInto(view, current, placed)
      continue
    }
    if (current) yield current
    current = placed
  }
  if (current) yield current
}

async function* interleave({ batch, speed, compare }: LayerRows): AsyncIterable<StateRow> {
  let next = 0
  for await (const row of batch) {
    while (next < speed.length && compare(speed[next]!, row) < 0) yield speed[next++]!
    yield row
  }
  yield* speed.slice(next)
}
