import type { Fold } from './folds.ts'

/** Events of one key without a pause: the times of the first and the last one in milliseconds, and what they fold to. */
export type Session<State> = readonly [first: number, last: number, state: State]

/**
 * A fold that keeps its events apart by pauses of `gapMs` or longer: a set of intervals, of which merging joins those
 * that are closer. As commutative as the fold within; its value is that of all sessions together.
 */
export function sessions<Payload extends object, State, Value>(
  gapMs: number,
  fold: Fold<Payload, State, Value>,
): Fold<Payload, readonly Session<State>[], Value> {
  const join = ([first, last, state]: Session<State>, right: Session<State>): Session<State> => {
    return [Math.min(first, right[0]), Math.max(last, right[1]), fold.merge(state, right[2])]
  }
  const merge = (left: readonly Session<State>[], right: readonly Session<State>[]): readonly Session<State>[] => {
    if (left.length === 0 || right.length === 0) return left.length === 0 ? right : left
    const joined: Session<State>[] = []
    for (const session of [...left, ...right].sort((a, b) => a[0] - b[0])) {
      const before = joined.at(-1)
      if (before && session[0] - before[1] < gapMs) joined[joined.length - 1] = join(before, session)
      else joined.push(session)
    }
    return joined
  }
  const stateOfAll = (all: readonly Session<State>[]): State => all.reduce((state, session) => fold.merge(state, session[2]), fold.zero)
  return {
    zero: [],
    add: (all, event) => merge(all, [[event.occurredAt, event.occurredAt, fold.add(fold.zero, event)]]),
    merge,
    valueOf: (all) => fold.valueOf(stateOfAll(all)),
    // Where buckets are told apart no more, sessions are not either: their number would grow with history.
    roll: (all) => (all.length < 2 ? all : [[all[0]![0], all.at(-1)![1], stateOfAll(all)]]),
  }
}

/** The sessions of many states of a view that tells sessions apart. Merges two and two: a merge looks at all sessions of both sides. */
export function mergeSessions({ zero, merge }: Pick<Fold<object, unknown, unknown>, 'zero' | 'merge'>, states: readonly unknown[]): readonly Session<unknown>[] {
  let left = states
  while (left.length > 1) left = left.flatMap((state, at) => (at % 2 === 1 ? [] : at + 1 < left.length ? [merge(state, left[at + 1])] : [state]))
  return (left[0] ?? zero) as readonly Session<unknown>[]
}
