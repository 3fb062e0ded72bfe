import { isDeepStrictEqual } from 'node:util'
import type { NaiveView } from './naive-view.ts'
import type { Answer, AnsweredRow } from './read-answer.ts'
import type { Tally } from './tally.ts'

/** One place where the API and the naive count disagree. Times in milliseconds, null for an open end. */
export interface Difference {
  readonly view: string
  readonly step: Answer['step']
  readonly key: string
  readonly from: number | null
  readonly until: number | null
  /** Undefined: no row was expected. */
  readonly expected: unknown
  /** Set when events arrived while answering: any value from `expected` to this one would have done. */
  readonly atMost?: unknown
  /** The comparable part of the answer; undefined: there is no row. */
  readonly answered: unknown
}

/** What an answer may hold. */
export interface Expectation {
  /** What it must hold. */
  readonly certain: Tally
  /** What it may hold beyond that; none when the moment is exact. */
  readonly possible: Tally
}

interface Expected {
  certain: unknown
  possible: unknown
}

/**
 * Compares every row of an answer. Rows are kept at several resolutions: a row is worth the sum of the finest buckets
 * within it, and a row without bounds that of all buckets which no other row of its key holds.
 */
export function* compareAnswer(view: NaiveView, answer: Answer, expectation: Expectation): Generator<Difference> {
  const rowsByKey = Map.groupBy(answer.rows, ({ key }) => key)
  const { certain, possible } = expectation
  for (const key of new Set([...certain.keys, ...possible.keys, ...rowsByKey.keys()])) {
    const rows = (rowsByKey.get(key) ?? []).toSorted((left, right) => startOf(left) - startOf(right))
    const place = { view: view.view, step: answer.step, key }
    if (answer.step === 'all') {
      const expected = { certain: certain.totalOf(key), possible: possible.totalOf(key) }
      const [row = noRow, ...others] = rows
      yield* compareRow(view, expected, { ...row, ...place })
      for (const other of others) yield* compareRow(view, nothing, { ...other, ...place })
      continue
    }
    for (const { row, expected } of assign(view, key, rows, expectation))
      yield* compareRow(view, expected, { ...row, ...place })
  }
}

const noRow = { from: null, until: null, value: undefined }
const nothing: Expected = { certain: undefined, possible: undefined }

type Compared = Pick<Difference, 'view' | 'step' | 'key' | 'from' | 'until'> & { readonly value: unknown }

function* compareRow(
  view: NaiveView,
  { certain, possible }: Expected,
  { value, ...place }: Compared,
): Generator<Difference> {
  const answered = value === undefined || !view.comparable ? value : view.comparable(value)
  const expected = certain === undefined ? undefined : view.shown(certain)
  if (isDeepStrictEqual(expected, answered)) return
  const high = certain === undefined || possible === undefined ? possible : view.merge(certain, possible)
  if (high === undefined) yield { ...place, expected, answered }
  else if (!isWithin(view, certain, high, answered)) yield { ...place, expected, atMost: view.shown(high), answered }
}

function isWithin(view: NaiveView, certain: unknown, high: unknown, answered: unknown): boolean {
  return answered === undefined ? certain === undefined : view.isBetween(certain, high, answered)
}

interface Assigned {
  readonly row: Omit<AnsweredRow, 'key'>
  readonly expected: Expected
}

/** Gives each finest bucket of a key to the row that holds it; a bucket that none holds gets a row without a value. */
function assign(
  view: NaiveView,
  key: string,
  rows: readonly AnsweredRow[],
  expectation: Expectation,
): Iterable<Assigned> {
  const assigned = new Map<string | AnsweredRow, Assigned>(
    rows.map((row) => [row, { row, expected: { certain: undefined, possible: undefined } }]),
  )
  for (const kind of ['certain', 'possible'] as const) {
    for (const { from, until, value } of expectation[kind].bucketsOf(key)) {
      const holder = findHolder(rows, from, until) ?? String(from)
      const { expected } = assigned.get(holder) ?? setNew(assigned, holder, { from, until, value: undefined })
      expected[kind] = expected[kind] === undefined ? value : view.merge(expected[kind], value)
    }
  }
  return assigned.values()
}

function setNew(
  assigned: Map<string | AnsweredRow, Assigned>,
  holder: string | AnsweredRow,
  row: Assigned['row'],
): Assigned {
  const fresh = { row, expected: { certain: undefined, possible: undefined } }
  assigned.set(holder, fresh)
  return fresh
}

/** The last row that begins no later, if it reaches to the end of the bucket; else the row without bounds. */
function findHolder(rows: readonly AnsweredRow[], from: number | null, until: number | null): AnsweredRow | undefined {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (startOf(rows[middle]!) <= startOf({ from })) low = middle + 1
    else high = middle
  }
  const last = rows[low - 1]
  if (last && last.until !== null && until !== null && last.until >= until) return last
  return rows[0]?.from === null ? rows[0] : undefined
}

function startOf({ from }: Pick<AnsweredRow, 'from'>): number {
  return from ?? Number.NEGATIVE_INFINITY
}
