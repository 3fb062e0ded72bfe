import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../events/event.ts'
import type { Fold } from './folds.ts'

/** A fold with its types hidden. */
// oxlint-disable-next-line typescript/no-explicit-any -- the payload is contravariant in `add`
export type AnyFold = Fold<any, any, any>

/** Events as they stand in a log: each at a place of its own. */
export function eventsOf<Payload extends object>(payloads: fc.Arbitrary<Payload>): fc.Arbitrary<Event<Payload>[]> {
  const rest = fc.record({ payload: payloads, appendedAt: fc.nat({ max: 3 }), partition: fc.nat({ max: 2 }) })
  return fc
    .array(rest, { maxLength: 20 })
    .map((events) =>
      events.map((event, offset) => ({ ...event, id: `id-${offset}`, occurredAt: event.appendedAt, offset })),
    )
}

/** Adds events one after the other. */
export function foldAll(fold: AnyFold, events: readonly Event[]): unknown {
  return events.reduce<unknown>((state, event) => fold.add(deepFreeze(state), event), fold.zero)
}

/**
 * What both layers rely on: with these laws it does not matter how the events are cut into slices, partitions and
 * buckets, nor in which order the parts are merged. States are compared as the JSON text that the stores keep.
 */
export function foldLaws(name: string, fold: AnyFold, payloads: fc.Arbitrary<object>): void {
  const merge = (left: unknown, right: unknown): unknown => fold.merge(deepFreeze(left), deepFreeze(right)) as unknown
  const states = eventsOf(payloads).map((events) => foldAll(fold, events))

  describe(`the laws of folds, kept by ${name}`, () => {
    test('merging with zero changes nothing', () => {
      const law = fc.property(states, (state) => {
        expect(textOf(merge(fold.zero, state))).toBe(textOf(state))
        expect(textOf(merge(state, fold.zero))).toBe(textOf(state))
      })
      fc.assert(law)
    })

    test('merging is associative', () => {
      // No two events stand at one place of the log: the parts are those of one list.
      const law = fc.property(eventsOf(payloads), fc.nat({ max: 20 }), fc.nat({ max: 20 }), (events, one, other) => {
        const cuts = [0, Math.min(one, other), Math.max(one, other), events.length]
        const [a, b, c] = [0, 1, 2].map((part) => foldAll(fold, events.slice(cuts[part], cuts[part + 1])))
        expect(textOf(merge(merge(a, b), c))).toBe(textOf(merge(a, merge(b, c))))
      })
      fc.assert(law)
    })

    test('merging is commutative', () => {
      const law = fc.property(eventsOf(payloads), fc.nat(), (events, at) => {
        const [a, b] = [foldAll(fold, events.slice(0, at % 20)), foldAll(fold, events.slice(at % 20))]
        expect(textOf(merge(a, b))).toBe(textOf(merge(b, a)))
      })
      fc.assert(law)
    })

    test('any split of the events, folded in any order and merged in any order, equals the fold of all', () => {
      const law = fc.property(
        eventsOf(payloads),
        fc.infiniteStream(fc.nat({ max: 4 })),
        fc.func(fc.nat()),
        (events, parts, order) => {
          const split = Map.groupBy(shuffled(events, order), () => parts.next().value)
          const merged = shuffled([...split.values()], order)
            .map((part) => foldAll(fold, part))
            .reduce(merge, fold.zero)
          expect(textOf(merged)).toBe(textOf(foldAll(fold, events)))
        },
      )
      fc.assert(law)
    })

    test('a state that was stored and read again is the same state', () => {
      const law = fc.property(eventsOf(payloads), eventsOf(payloads), (before, after) => {
        const stored = JSON.parse(textOf(foldAll(fold, before))) as unknown
        const all = [...before, ...after.map((event) => ({ ...event, offset: event.offset + 20 }))]
        expect(textOf(merge(stored, foldAll(fold, all.slice(before.length))))).toBe(textOf(foldAll(fold, all)))
      })
      fc.assert(law)
    })
  })
}

function textOf(state: unknown): string {
  return JSON.stringify(state)
}

/** In the order of what a random function says of each place. */
function shuffled<Item>(items: readonly Item[], order: (at: number) => number): Item[] {
  return items
    .map((item, at) => ({ item, at, place: order(at) }))
    .sort((left, right) => left.place - right.place || left.at - right.at)
    .map(({ item }) => item)
}

/** A fold that changed a state in place would throw. */
function deepFreeze<State>(state: State): State {
  if (typeof state !== 'object' || state === null) return state
  Object.values(state).forEach(deepFreeze)
  return Object.freeze(state)
}
