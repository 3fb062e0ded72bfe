import type { Slice } from '../slices/slice.ts'
import type { Bucket } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import type { CellUpdate } from './updates.ts'

/** What is known of one key and bucket: the batch view's part, if it was read, and the cells of the slices since. */
export interface LiveBucket extends Bucket {
  /** First slice that the batch view's part does not hold; 0 where none was read. */
  boundary: Slice
  base: unknown
  /** One for each slice and input partition, in the order in which they came: nearly always one or two, for which a map would be the most of a bucket. */
  parts: readonly Part[]
  merged: { readonly state: unknown } | undefined
}

interface Part {
  readonly slice: Slice
  readonly partition: number
  readonly offset: number
  /** Undefined where the base holds it. */
  readonly state: unknown
  /** False while it is known from the stores only. */
  readonly isTold: boolean
}

const noParts: readonly Part[] = []

export function createLiveBucket({ stepMs, from }: Bucket, boundary: Slice): LiveBucket {
  return { stepMs, from, boundary, base: undefined, parts: noParts, merged: undefined }
}

/** What an update was worth: nothing new, something that was read from the stores already, or a change. */
export type Taken = 'known' | 'held' | 'changed'

/** Takes in a cell that an update told; of two for one slice and input partition the one with the higher offset wins. */
export function takeCell(bucket: LiveBucket, { slice, partition, offset, state }: CellUpdate): Taken {
  const part = findPart(bucket, slice, partition)
  if (part && part.offset >= offset) {
    if (part.isTold || part.offset > offset) return 'known'
    putPart(bucket, { ...part, isTold: true })
    return 'held'
  }
  const isHeld = slice < bucket.boundary
  putPart(bucket, { slice, partition, offset, state: isHeld ? undefined : state, isTold: true })
  if (isHeld) return 'held'
  bucket.merged = undefined
  return 'changed'
}

/** Takes in a cell that was read from a store. */
export function loadCell(bucket: LiveBucket, { slice, partition, offset, state }: CellUpdate): void {
  if (slice < bucket.boundary || (findPart(bucket, slice, partition)?.offset ?? -1) >= offset) return
  putPart(bucket, { slice, partition, offset, state, isTold: false })
  bucket.merged = undefined
}

/** What lies before the boundary is in the base from now on; a base that holds more already stays. */
export function rebase(bucket: LiveBucket, boundary: Slice, base: unknown): void {
  if (bucket.boundary > boundary) return
  const parts = bucket.parts.map((part) => (part.slice < boundary ? { ...part, state: undefined } : part))
  Object.assign(bucket, { boundary, base, parts, merged: undefined })
}

/** The newest ones stand at the end. */
function findPart({ parts }: LiveBucket, slice: Slice, partition: number): Part | undefined {
  return parts.findLast((part) => part.slice === slice && part.partition === partition)
}

function putPart(bucket: LiveBucket, part: Part): void {
  const at = bucket.parts.findLastIndex(({ slice, partition }) => slice === part.slice && partition === part.partition)
  bucket.parts = at === -1 ? [...bucket.parts, part] : bucket.parts.with(at, part)
}

/** The state of everything in the bucket. */
export function stateOf({ fold }: View, bucket: LiveBucket): unknown {
  bucket.merged ??= { state: mergeParts(fold, bucket) }
  return bucket.merged.state
}

function mergeParts(fold: View['fold'], { base, parts }: LiveBucket): unknown {
  let state = base === undefined ? fold.zero : base
  for (const part of parts) if (part.state !== undefined) state = fold.merge(state, part.state)
  return state
}
