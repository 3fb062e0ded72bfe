import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Event } from '../events/event.ts'
import { type AnyFold, eventsOf, foldAll, foldLaws } from './fold-laws.contract.ts'
import { count, countBy, distinct, max, maxBy, min, sum } from './folds.ts'

interface Reading {
  readonly number: number
  readonly text: string
}

const numbers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
)
const readings = fc.record({ number: numbers, text: fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', '', '🙃') })
const numberOf = ({ number }: Reading): number => number
const textOf = ({ text }: Reading): string => text
/** Groups that an object would take for members of its own, for numbers, or in another order. */
const groupOf = ({ text, number }: Reading): string => (text === '' ? '__proto__' : number === 1 ? '1' : text)
const few = 3

const folds: Readonly<Record<string, AnyFold>> = {
  count: count(),
  sum: sum(numberOf),
  min: min(numberOf),
  max: max(numberOf),
  maxBy: maxBy(numberOf, textOf),
  countBy: countBy(groupOf),
  'distinct within its limit': distinct(textOf, { limit: 100 }),
  'distinct beyond its limit': distinct(textOf, { limit: few }),
}

for (const [name, fold] of Object.entries(folds)) foldLaws(name, fold, readings)

/** The value of a fold over all events equals what a plain loop says. */
function agrees(name: string, naive: (events: readonly Event<Reading>[]) => unknown): void {
  const fold = folds[name]!
  const law = fc.property(eventsOf(readings), (events) => {
    expect(fold.valueOf(foldAll(fold, events))).toEqual(naive(events))
  })
  fc.assert(law)
}

test('count says how many events there were', () => {
  agrees('count', (events) => events.length)
})

test('sum is exact, as a number where that is safe and as digits beyond', () => {
  agrees('sum', (events) => {
    const total = events.reduce((digits, { payload }) => digits + BigInt(payload.number), 0n)
    return total >= -BigInt(Number.MAX_SAFE_INTEGER) && total <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(total)
      : String(total)
  })
})

test('min and max are the extremes, or null without events', () => {
  agrees('min', (events) => (events.length === 0 ? null : Math.min(...events.map(({ payload }) => payload.number))))
  agrees('max', (events) => (events.length === 0 ? null : Math.max(...events.map(({ payload }) => payload.number))))
})

test('maxBy shows the event with the largest measure, of equals the one that was appended first', () => {
  agrees('maxBy', (events) => {
    const largest = Math.max(...events.map(({ payload }) => payload.number))
    const equals = events.filter(({ payload }) => payload.number === largest)
    equals.sort((a, b) => a.appendedAt - b.appendedAt || a.partition - b.partition || a.offset - b.offset)
    return equals[0]?.payload.text ?? null
  })
})

test('countBy says how many events of each group there were, whatever groups are called', () => {
  const fold = folds['countBy']!
  const law = fc.property(eventsOf(readings), (events) => {
    const counted = new Map<string, number>()
    for (const { payload } of events) counted.set(groupOf(payload), (counted.get(groupOf(payload)) ?? 0) + 1)
    const value = JSON.stringify(fold.valueOf(foldAll(fold, events)))
    expect(new Map(Object.entries(JSON.parse(value) as object))).toEqual(counted)
  })
  fc.assert(law)
})

test('countBy is exact beyond the safe integers', () => {
  const { merge, valueOf } = countBy<Reading>(groupOf)
  const most = Number.MAX_SAFE_INTEGER
  expect(valueOf(merge([['a', most], ['b', 1]], [['a', 2]]))).toEqual({ a: '9007199254740993', b: 1 })
})

test('distinct counts different texts exactly up to its limit, and says null beyond', () => {
  const different = (events: readonly Event<Reading>[]): number =>
    new Set(events.map(({ payload }) => payload.text)).size
  agrees('distinct within its limit', different)
  agrees('distinct beyond its limit', (events) => (different(events) > few ? null : different(events)))
})
