import { naiveMood } from './naive-moods.ts'
import { naiveCount, naiveView, type NaiveView, payloadOf } from './naive-view.ts'

interface NamedUser {
  readonly id: string
  readonly name: string
  readonly length: number
  /** Decides between equal lengths: appended time, partition, offset. */
  readonly place: readonly [number, number, number]
}

const userCount = naiveCount({ view: 'user-count', topic: 'user', stepMs: 1000, keyOf: () => 'all' })

const emojiCount = naiveCount({
  view: 'emoji-count',
  topic: 'reaction',
  stepMs: 2000,
  keyOf: (reaction) => String(reaction.emoji),
})

const likesPerMinute = naiveCount({
  view: 'likes',
  topic: 'like',
  stepMs: 60_000,
  keyOf: (like) => String(like.video_id),
})

const longestName = naiveView<NamedUser>({
  view: 'longest-name',
  topic: 'user',
  placeOf: () => ({ key: 'all', from: null, until: null }),
  valueOf(row) {
    const { id, name } = payloadOf(row)
    const place = [row.appendedAt, row.partition, row.offset] as const
    return { id: String(id), name: String(name), length: lengthOf(String(name)), place }
  },
  merge(left, right) {
    if (left.length !== right.length) return left.length > right.length ? left : right
    return isBefore(left.place, right.place) ? left : right
  },
  shown: ({ id, name }) => ({ id, name }),
  isBetween(low, high, answered) {
    const { name } = (answered ?? {}) as { name?: unknown }
    if (typeof name !== 'string') return false
    return lengthOf(name) >= (low?.length ?? 0) && lengthOf(name) <= high.length
  },
})

/** The views of the system, counted once more by code that shares nothing with them. */
export const naiveViews: readonly NaiveView[] = [userCount, longestName, emojiCount, naiveMood, likesPerMinute]

/** Code points: a high surrogate and the low one behind it are one. */
function lengthOf(name: string): number {
  let length = 0
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at)
    const next = name.charCodeAt(at + 1)
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) at++
    length++
  }
  return length
}

function isBefore(left: readonly number[], right: readonly number[]): boolean {
  for (const [at, number] of left.entries()) if (number !== right[at]) return number < right[at]!
  return true
}
