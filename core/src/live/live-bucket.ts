import type { Slice } from '../slices/slice.ts'
import type { Bucket } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import type { CellUpdate } from './updates.ts'

/** What is known of one key and bucket: the batch view's part, if it was read, and the cells of the slices since. */
export interface LiveBucket extends Bucket {
  /** First slice that the batch view's part does not hold; 0 where none was read. */
  boundary: Slice
  base: unknown
  readonly parts: Map<string, Part>
  merged: { readonly state: unknown } | undefined
}

interface Part {
  readonly offset: number
  /** Undefined where the base holds it. */
  readonly state: unknown
  /** False while it is known from the stores only. */
  readonly isTold: boolean
}

export function createLiveBucket({ stepMs, from }: Bucket, boundary: Slice): LiveBucket {
  return { stepMs, from, boundary, base: undefined, parts: new Map(), merged: undefined }
}

/** What an update was worth: nothing new, something that was read from the stores already, or a change. */
export type Taken = 'known' | 'held' | 'changed'

/** Takes in a cell that an update told; of two for one slice and input partition the one with the higher offset wins. */
export function takeCell(bucket: LiveBucket, { slice, partition, offset, state }: CellUpdate): Taken {
  const name = nameOfPart(slice, partition)
  const part = bucket.parts.get(name)
  if (part && part.offset >= offset) {
    if (part.isTold || part.offset > offset) return 'known'
    bucket.parts.set(name, { ...part, isTold: true })
    return 'held'
  }
  const isHeld = slice < bucket.boundary
  bucket.parts.set(name, { offset, state: isHeld ? undefined : state, isTold: true })
  if (isHeld) return 'held'
  bucket.merged = undefined
  return 'changed'
}

/** Takes in a cell that was read from a store. */
export function loadCell(bucket: LiveBucket, { slice, partition, offset, state }: CellUpdate): void {
  const name = nameOfPart(slice, partition)
  if (slice < bucket.boundary || (bucket.parts.get(name)?.offset ?? -1) >= offset) return
  bucket.parts.set(name, { offset, state, isTold: false })
  bucket.merged = undefined
}

/** What lies before the boundary is in the base from now on; a base that holds more already stays. */
export function rebase(bucket: LiveBucket, boundary: Slice, base: unknown): void {
  if (bucket.boundary > boundary) return
  Object.assign(bucket, { boundary, base, merged: undefined })
  for (const [name, part] of bucket.parts) {
    if (Number(name.slice(0, name.indexOf('/'))) < boundary) bucket.parts.set(name, { ...part, state: undefined })
  }
}

function nameOfPart(slice: Slice, partition: number): string {
  return `${slice}/${partition}`
}

/** The state of everything in the bucket. */
export function stateOf({ fold }: View, bucket: LiveBucket): unknown {
  bucket.merged ??= { state: mergeParts(fold, bucket) }
  return bucket.merged.state
}

function mergeParts(fold: View['fold'], { base, parts }: LiveBucket): unknown {
  let state = base === undefined ? fold.zero : base
  for (const part of parts.values()) if (part.state !== undefined) state = fold.merge(state, part.state)
  return state
}
