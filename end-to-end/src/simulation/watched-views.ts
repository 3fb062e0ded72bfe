import { likes } from '@twofold/core/events/like.ts'
import { reactions } from '@twofold/core/events/reaction.ts'
import { type User, users } from '@twofold/core/events/user.ts'
import { count, countBy, distinct, max, maxBy, min, sum } from '@twofold/core/views/folds.ts'
import { views } from '@twofold/core/views/index.ts'
import { allTime, checked } from '@twofold/core/views/resolutions.ts'
import { type View, view } from '@twofold/core/views/view.ts'
import type { CountedFact } from './naive-count.ts'

/** A view, and what its answers must be: written a second time, in the plainest way. */
export interface WatchedView {
  readonly view: View
  /** One group, several or none. */
  readonly keyOf: (fact: CountedFact) => string | readonly string[] | undefined
  readonly valueOf: (facts: readonly CountedFact[]) => unknown
  readonly isCount: boolean
}

/** Steps that age within seconds, so that short histories climb the whole ladder. */
const quickLadder = checked([
  { stepMs: 500, keepMs: 3000 },
  { stepMs: 2000, keepMs: 10_000 },
  { stepMs: 10_000, keepMs: 40_000 },
])
const distinctLimit = 6
const base = { description: 'A view of the simulation.', version: 1 }

const signOf = (amount: number): string => (amount < 0 ? '__proto__' : amount > 0 ? 'more' : 'none')
const amountOf = ({ user_id }: { user_id: string }): number => Number(user_id)

const quickCount = view({
  ...base,
  name: 'quick-count',
  reads: reactions,
  keyOf: ({ emoji }) => (emoji === 'b' ? undefined : emoji),
  bucket: quickLadder,
  fold: count(),
})
const quickLikes = view({
  ...base,
  name: 'quick-likes',
  reads: likes,
  keyOf: (like) => like.video_id,
  bucket: quickLadder,
  fold: count(),
})
const quickNames = view({
  ...base,
  name: 'quick-names',
  reads: users,
  keyOf: ({ name }) => Array.from(name).slice(0, 2).join(''),
  bucket: quickLadder,
  fold: maxBy(
    (user: User) => user.name.length,
    ({ id }) => id,
  ),
})
const quickRooms = view({
  ...base,
  name: 'quick-rooms',
  reads: reactions,
  keyOf: ({ emoji }) => (emoji === 'b' ? ['everybody', 'not b'] : ['everybody', emoji]),
  bucket: quickLadder,
  fold: countBy(({ user_id }: { user_id: string }) => signOf(Number(user_id))),
})
const amounts = view({
  ...base,
  name: 'amounts',
  reads: reactions,
  keyOf: ({ emoji }) => emoji,
  bucket: allTime,
  fold: sum(amountOf),
})
const smallest = view({
  ...base,
  name: 'smallest',
  reads: reactions,
  keyOf: () => 'all',
  bucket: quickLadder,
  fold: min(amountOf),
})
const largest = view({
  ...base,
  name: 'largest',
  reads: reactions,
  keyOf: () => 'all',
  bucket: allTime,
  fold: max(amountOf),
})
const distinctUsers = view({
  ...base,
  name: 'distinct-users',
  reads: reactions,
  keyOf: ({ emoji }) => emoji,
  bucket: quickLadder,
  fold: distinct(({ user_id }: { user_id: string }) => user_id, { limit: distinctLimit }),
})

type Naive = Omit<WatchedView, 'view'>

const naives: Readonly<Record<string, Naive>> = {
  'user-count': { keyOf: () => 'all', valueOf: (facts) => facts.length, isCount: true },
  'longest-name': { keyOf: () => 'all', valueOf: longestName, isCount: false },
  mood: { keyOf: () => 'all', valueOf: (facts) => countGroups(facts, ({ group }) => (group === '👍' ? 'happy' : 'other')), isCount: false },
  'emoji-count': { keyOf: ({ group }) => group, valueOf: (facts) => facts.length, isCount: true },
  likes: { keyOf: ({ group }) => group, valueOf: (facts) => facts.length, isCount: true },
  'quick-count': {
    keyOf: ({ group }) => (group === 'b' ? undefined : group),
    valueOf: (facts) => facts.length,
    isCount: true,
  },
  'quick-likes': { keyOf: ({ group }) => group, valueOf: (facts) => facts.length, isCount: true },
  'quick-names': {
    keyOf: ({ name }) => Array.from(name).slice(0, 2).join(''),
    valueOf: (facts) => firstOf(facts, ({ name }) => name.length).id,
    isCount: false,
  },
  'quick-rooms': {
    keyOf: ({ group }) => (group === 'b' ? ['everybody', 'not b'] : ['everybody', group]),
    valueOf: (facts) => countGroups(facts, ({ amount }) => signOf(amount)),
    isCount: false,
  },
  amounts: { keyOf: ({ group }) => group, valueOf: totalAmount, isCount: false },
  smallest: { keyOf: () => 'all', valueOf: (facts) => Math.min(...facts.map(({ amount }) => amount)), isCount: false },
  largest: { keyOf: () => 'all', valueOf: (facts) => Math.max(...facts.map(({ amount }) => amount)), isCount: false },
  'distinct-users': { keyOf: ({ group }) => group, valueOf: distinctAmounts, isCount: false },
}

/** The real views, and small ones with every other fold. */
export const watchedViews: readonly WatchedView[] = [
  ...views,
  quickCount,
  quickLikes,
  quickNames,
  quickRooms,
  amounts,
  smallest,
  largest,
  distinctUsers,
].map((one) => ({ view: one, ...naives[one.name]! }))

function longestName(facts: readonly CountedFact[]): unknown {
  const { id, name } = firstOf(facts, (fact) => Array.from(fact.name).length)
  return { id, name }
}

/** The fact with the largest measure; of equals the one appended first, then by partition, then by offset. */
function firstOf(facts: readonly CountedFact[], measureOf: (fact: CountedFact) => number): CountedFact {
  const largestMeasure = Math.max(...facts.map(measureOf))
  const equals = facts.filter((fact) => measureOf(fact) === largestMeasure)
  const order = (a: CountedFact, b: CountedFact) =>
    a.appendedAt - b.appendedAt || a.partition - b.partition || a.offset - b.offset
  return [...equals].sort(order)[0]!
}

function totalAmount(facts: readonly CountedFact[]): number | string {
  let total = 0n
  for (const { amount } of facts) total += BigInt(amount)
  return total > BigInt(Number.MAX_SAFE_INTEGER) || total < -BigInt(Number.MAX_SAFE_INTEGER)
    ? String(total)
    : Number(total)
}

function distinctAmounts(facts: readonly CountedFact[]): number | null {
  const different = new Set(facts.map(({ amount }) => amount)).size
  return different > distinctLimit ? null : different
}

function countGroups(facts: readonly CountedFact[], groupOf: (fact: CountedFact) => string): unknown {
  return Object.fromEntries([...Map.groupBy(facts, groupOf)].map(([group, own]) => [group, own.length]))
}
