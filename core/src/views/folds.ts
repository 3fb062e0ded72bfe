import type { Event } from '../events/event.ts'

/**
 * A commutative monoid over events: `merge` is associative and commutative, `zero` changes nothing, and folding any
 * split of the events and merging gives what folding all of them gives. States are JSON values and never mutated.
 */
export interface Fold<Payload extends object, State, Value> {
  readonly zero: State
  readonly add: (state: State, event: Event<Payload>) => State
  readonly merge: (left: State, right: State) => State
  /** What a reader sees of a state. */
  readonly valueOf: (state: State) => Value
  /** What is kept of a state that stands for all time, where keeping all of it would grow with history; its value stays. */
  readonly roll?: (state: State) => State
}

/** An exact integer: a safe number, or decimal digits beyond that. */
export type Total = number | string

const self = <Value>(value: Value): Value => value

/** How many events. */
export function count(): Fold<object, Total, Total> {
  return { zero: 0, add: (state) => plus(state, 1), merge: plus, valueOf: self }
}

/**
 * The sum of safe integers, exact at any size: a state beyond the safe integers is kept, and shown, as decimal digits
 * (a number would be rounded, and rounding is not associative).
 */
export function sum<Payload extends object>(numberOf: (payload: Payload) => number): Fold<Payload, Total, Total> {
  return { zero: 0, add: (state, event) => plus(state, numberOf(event.payload)), merge: plus, valueOf: self }
}

/** The smallest number, or null when there was no event. */
export function min<Payload extends object>(numberOf: (payload: Payload) => number) {
  return extreme(numberOf, Math.min)
}

/** The largest number, or null when there was no event. */
export function max<Payload extends object>(numberOf: (payload: Payload) => number) {
  return extreme(numberOf, Math.max)
}

/** An event that leads: its measure, its place for ties, and what is shown of it. */
export interface Leader<Shown> {
  readonly measure: number
  readonly appendedAt: number
  readonly partition: number
  readonly offset: number
  readonly shown: Shown
}

/** What is shown of the event with the largest measure; of equals the one appended first (then partition, then offset). */
export function maxBy<Payload extends object, Shown>(
  measureOf: (payload: Payload) => number,
  show: (payload: Payload) => Shown,
): Fold<Payload, Leader<Shown> | null, Shown | null> {
  return {
    zero: null,
    add: (state, { payload, appendedAt, partition, offset }) => {
      const measure = measureOf(payload)
      if (state !== null && state.measure > measure) return state
      return leaderOf(state, { measure, appendedAt, partition, offset, shown: show(payload) })
    },
    merge: leaderOf,
    valueOf: (state) => state?.shown ?? null,
  }
}

function leaderOf<Shown>(left: Leader<Shown> | null, right: Leader<Shown> | null): Leader<Shown> | null {
  if (left === null || right === null) return left ?? right
  const order =
    right.measure - left.measure ||
    left.appendedAt - right.appendedAt ||
    left.partition - right.partition ||
    left.offset - right.offset
  return order <= 0 ? left : right
}

/**
 * How many different values, exactly, as long as a bucket has at most `limit` of them; null for "more than that". The
 * limit bounds what is stored: every value is kept.
 */
export function distinct<Payload extends object>(
  textOf: (payload: Payload) => string,
  { limit }: { limit: number },
): Fold<Payload, readonly string[] | null, number | null> {
  const union = (left: readonly string[] | null, right: readonly string[] | null): readonly string[] | null => {
    if (left === null || right === null) return null
    const values = new Set(left)
    for (const value of right) values.add(value)
    if (values.size === left.length) return left
    return values.size > limit ? null : [...values].sort()
  }
  return {
    zero: [],
    add: (state, event) => union(state, [textOf(event.payload)]),
    merge: union,
    valueOf: (state) => state?.length ?? null,
  }
}

/** A count for each group that there was one of, in the order of the groups' UTF-16 units. */
export type Counts = readonly (readonly [group: string, count: Total])[]

/** How many events of each group. For groups of a closed set: a bucket keeps every one that it saw. */
export function countBy<Payload extends object>(
  groupOf: (payload: Payload) => string,
): Fold<Payload, Counts, Readonly<Record<string, Total>>> {
  return {
    zero: [],
    add: (state, { payload }) => mergeCounts(state, [[groupOf(payload), 1]]),
    merge: mergeCounts,
    valueOf: (state) => Object.fromEntries(state),
  }
}

/** A list and not an object: a group may have any name, also `__proto__`, and equal states must be equal as text. */
function mergeCounts(left: Counts, right: Counts): Counts {
  if (left.length === 0 || right.length === 0) return left.length === 0 ? right : left
  const merged: (readonly [string, Total])[] = []
  let [atLeft, atRight] = [0, 0]
  while (atLeft < left.length && atRight < right.length) {
    const [a, b] = [left[atLeft]!, right[atRight]!]
    if (a[0] <= b[0]) atLeft++
    if (b[0] <= a[0]) atRight++
    merged.push(a[0] === b[0] ? [a[0], plus(a[1], b[1])] : a[0] < b[0] ? a : b)
  }
  return merged.concat(left.slice(atLeft), right.slice(atRight))
}

function extreme<Payload extends object>(
  numberOf: (payload: Payload) => number,
  pick: (left: number, right: number) => number,
): Fold<Payload, number | null, number | null> {
  const merge = (left: number | null, right: number | null): number | null =>
    left === null || right === null ? (left ?? right) : pick(left, right)
  return { zero: null, add: (state, event) => merge(state, numberOf(event.payload)), merge, valueOf: self }
}

/** The exact sum of two totals. */
export function plus(left: Total, right: Total): Total {
  if (typeof left === 'number' && typeof right === 'number') {
    const total = left + right
    if (Number.isSafeInteger(total)) return total
  }
  const exact = BigInt(left) + BigInt(right)
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact.toString()
}
