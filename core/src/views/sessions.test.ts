import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Event } from '../events/event.ts'
import { type AnyFold, foldAll, foldLaws } from './fold-laws.contract.ts'
import { count, distinct, maxBy, sum } from './folds.ts'
import { type Session, sessions } from './sessions.ts'

interface Tap {
  readonly number: number
  readonly text: string
}

const gapMs = 3
const taps = fc.record({ number: fc.integer({ min: -5, max: 5 }), text: fc.constantFrom('a', 'b', 'é') })
const numberOf = ({ number }: Tap): number => number
const textOf = ({ text }: Tap): string => text

const folds: Readonly<Record<string, AnyFold>> = {
  count: count(),
  sum: sum(numberOf),
  maxBy: maxBy(numberOf, textOf),
  distinct: distinct(textOf, { limit: 2 }),
}

// The events of the laws happen within four milliseconds, and those of the tests below at any distance.
for (const [name, fold] of Object.entries(folds)) {
  for (const gap of [1, 2, 10]) foldLaws(`sessions of ${name} with a gap of ${gap}`, sessions(gap, fold), taps)
}

const events: fc.Arbitrary<Event<Tap>[]> = fc
  .array(fc.record({ payload: taps, occurredAt: fc.integer({ min: -40, max: 40 }) }), { maxLength: 30 })
  .map((facts) => facts.map((fact, offset) => ({ ...fact, id: `${offset}`, appendedAt: 0, partition: 0, offset })))

function sessionsOf(fold: AnyFold, all: readonly Event[]): readonly Session<unknown>[] {
  return foldAll(sessions(gapMs, fold), all) as readonly Session<unknown>[]
}

/** Cut, in the order of time, wherever there is a pause. */
function cutNaively(all: readonly Event<Tap>[]): Event<Tap>[][] {
  const parts: Event<Tap>[][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const event of all.toSorted((left, right) => left.occurredAt - right.occurredAt)) {
    if (event.occurredAt - last >= gapMs) parts.push([])
    parts.at(-1)!.push(event)
    last = event.occurredAt
  }
  return parts
}

test('the sessions are the events cut at each pause, whatever the order in which they came', () => {
  const law = fc.property(events, (all) => {
    const wanted = cutNaively(all).map((part) => [part[0]!.occurredAt, part.at(-1)!.occurredAt, part.length])
    expect(sessionsOf(count(), all)).toEqual(wanted)
  })
  fc.assert(law)
})

test('any split into parts of any times merges to the same sessions', () => {
  const law = fc.property(events, fc.infiniteStream(fc.nat({ max: 3 })), (all, parts) => {
    const fold = sessions(gapMs, count())
    const split = [...Map.groupBy(all, () => parts.next().value).values()]
    const merged = split.map((part) => sessionsOf(count(), part) as readonly Session<number>[]).reduce(fold.merge, fold.zero)
    expect(merged).toEqual(sessionsOf(count(), all))
  })
  fc.assert(law, { numRuns: 500 })
})

test('a late event in the pause joins two sessions', () => {
  const at = (occurredAt: number, offset: number): Event<Tap> => {
    return { id: `${offset}`, payload: { number: offset, text: 'a' }, occurredAt, appendedAt: 0, partition: 0, offset }
  }
  const apart = [at(0, 0), at(4, 1)]
  expect(sessionsOf(count(), apart)).toEqual([[0, 0, 1], [4, 4, 1]])
  expect(sessionsOf(count(), [...apart, at(2, 2)])).toEqual([[0, 4, 3]])
  expect(sessionsOf(count(), [at(0, 0), at(3, 1)]), 'a pause of just the gap').toHaveLength(2)
})

test('the value is that of all events, and stays when what stands for all time is rolled', () => {
  const law = fc.property(events, events, (older, newer) => {
    for (const inner of Object.values(folds)) {
      const fold = sessions<Tap, unknown, unknown>(gapMs, inner)
      const all = [...older, ...newer.map((event) => ({ ...event, id: `n${event.id}`, offset: event.offset + 30 }))]
      const wanted = inner.valueOf(foldAll(inner, all)) as unknown
      const parts = [older, all.slice(older.length)].map((part) => fold.roll!(sessionsOf(inner, part)))
      expect(parts.every((part) => part.length < 2)).toBe(true)
      const merged = fold.merge(parts[0]!, parts[1]!)
      expect([fold.valueOf(sessionsOf(inner, all)), fold.valueOf(merged), fold.valueOf(fold.roll!(merged))]).toEqual([wanted, wanted, wanted])
    }
  })
  fc.assert(law)
})
