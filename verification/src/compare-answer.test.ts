import { describe, expect, it } from 'vitest'
import { compareAnswer } from './compare-answer.ts'
import { naiveCount, type NaiveRow } from './naive-view.ts'
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
})
