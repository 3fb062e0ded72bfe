import { describe, expect, it } from 'vitest'
import { compareAnswer } from './compare-answer.ts'
import { naiveCount, type NaiveRow, naiveView } from './naive-view.ts'
import type { Answer, AnsweredRow } from './read-answer.ts'
import { createTally } from './tally.ts'

const view = naiveCount({ view: 'things', topic: 'thing', stepMs: 1000, keyOf: ({ key }) => String(key) })

function tallyOf(...times: readonly number[]) {
  const tally = createTally(view)
  const row: Omit<NaiveRow, 'occurredAt'> = { id: 'x', payload: '{"key":"k"}', appendedAt: 0, partition: 0, offset: 0 }
  for (const occurredAt of times) tally.add({ ...row, occurredAt })
  return tally
}

const answered = (from: number | null, until: number | null, value: number): AnsweredRow => ({
  key: 'k',
  from,
  until,
  value,
})

/** Each thing is of one or two kinds; an answer shows more than how many there are of each. */
const kinds = naiveView<number>({
  view: 'kinds',
  topic: 'thing',
  placeOf({ occurredAt, payload }) {
    const { of } = JSON.parse(payload) as { of: readonly string[] }
    return of.map((key) => ({ key, from: occurredAt, until: occurredAt + 1 }))
  },
  valueOf: () => 1,
  merge: (left, right) => left + right,
  shown: (count) => ({ count }),
  comparable: (value) => ({ count: (value as { count?: unknown }).count }),
  isBetween: (low, high, value) => Number((value as { count: unknown }).count) >= (low ?? 0) && Number((value as { count: unknown }).count) <= high,
})

function compareKinds(rows: readonly AnsweredRow[], certain: readonly (readonly string[])[], possible: readonly (readonly string[])[] = []) {
  const [held, maybe] = [certain, possible].map((things) => {
    const tally = createTally(kinds)
    for (const of of things) tally.add({ id: 'x', payload: JSON.stringify({ of }), occurredAt: 1, appendedAt: 0, partition: 0, offset: 0 })
    return tally
  })
  const answer: Answer = { view: 'kinds', step: 'all', boundary: null, positions: new Map(), complete: true, missing: [], rows }
  return [...compareAnswer(kinds, answer, { certain: held!, possible: maybe! })]
}

function compare(
  rows: readonly AnsweredRow[],
  certain: readonly number[],
  possible: readonly number[] = [],
  step: Answer['step'] = 'finest',
) {
  const answer: Answer = {
    view: 'things',
    step,
    boundary: null,
    positions: new Map(),
    complete: true,
    missing: [],
    rows,
  }
  return [...compareAnswer(view, answer, { certain: tallyOf(...certain), possible: tallyOf(...possible) })]
}

describe('comparing an answer', () => {
  it('sums the finest buckets into whatever stretch a row says it holds', () => {
    const rows = [answered(null, null, 2), answered(60_000, 120_000, 3), answered(120_000, 121_000, 1)]
    expect(compare(rows, [-5, 1000, 60_000, 61_500, 119_999, 120_500])).toEqual([])
  })

  it('names the bucket that is off by one', () => {
    const rows = [answered(1000, 2000, 2), answered(2000, 3000, 1)]
    expect(compare(rows, [1000, 2000])).toEqual([
      { view: 'things', step: 'finest', key: 'k', from: 1000, until: 2000, expected: 1, answered: 2 },
    ])
  })

  it('sees that a stretch of time is shown by two rows', () => {
    const rows = [answered(0, 60_000, 2), answered(1000, 2000, 1)]
    expect(compare(rows, [500, 1500])).toMatchObject([{ from: 0, until: 60_000, expected: 1, answered: 2 }])
  })

  it('sees a missing row and one too many', () => {
    expect(compare([], [1500])).toMatchObject([{ from: 1000, until: 2000, expected: 1, answered: undefined }])
    expect(compare([answered(1000, 2000, 1)], [])).toMatchObject([{ expected: undefined, answered: 1 }])
  })

  it('compares totals, and accepts one row a key', () => {
    const total = answered(null, null, 3)
    expect(compare([total], [1, 2000, 90_000], [], 'all')).toEqual([])
    expect(compare([], [1], [], 'all')).toMatchObject([{ expected: 1, answered: undefined }])
    expect(compare([total, total], [1, 2, 3], [], 'all')).toMatchObject([{ expected: undefined, answered: 3 }])
  })

  it('accepts what may or may not have arrived, and nothing beyond', () => {
    const possible = [1200, 1300, 5000]
    for (const value of [1, 2, 3]) expect(compare([answered(1000, 2000, value)], [1100], possible)).toEqual([])
    expect(compare([answered(1000, 2000, 4)], [1100], possible)).toMatchObject([
      { expected: 1, atMost: 3, answered: 4 },
    ])
    expect(compare([], [1100], possible)).toMatchObject([{ expected: 1, atMost: 3, answered: undefined }])
  })

  it('counts a row in each of its places', () => {
    const shown = (key: string, count: number) => ({ key, from: null, until: null, value: { count } })
    expect(compareKinds([shown('a', 2), shown('b', 1)], [['a', 'b'], ['a'], []])).toEqual([])
    expect(compareKinds([shown('a', 2)], [['a', 'b'], ['a']])).toMatchObject([{ key: 'b', expected: { count: 1 }, answered: undefined }])
  })

  it('leaves out of a value what does not follow from its rows', () => {
    const row = (count: number) => ({ key: 'a', from: null, until: null, value: { count, rate: 0.5 } })
    expect(compareKinds([row(1)], [['a']])).toEqual([])
    expect(compareKinds([row(2)], [['a']], [['a']])).toEqual([])
    expect(compareKinds([row(3)], [['a']], [['a']])).toMatchObject([{ expected: { count: 1 }, atMost: { count: 2 }, answered: { count: 3 } }])
  })
})
