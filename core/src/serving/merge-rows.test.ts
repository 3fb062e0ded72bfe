import fc from 'fast-check'
import { expect, test } from 'vitest'
import { likes } from '../events/like.ts'
import { sum } from '../views/folds.ts'
import { allTime } from '../views/resolutions.ts'
import { view } from '../views/view.ts'
import { compareBytes } from './layers.contract.ts'
import { compareKeys, compareRows, mergeEqualRows, type StateRow } from './merge-rows.ts'

/** Any text that UTF-8 can carry; close to the surrogates, where UTF-16 and UTF-8 disagree, more often than not. */
const edges = fc.constantFrom('', 'a', '\u0000', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '🙃', 'é')
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(edges).map((parts) => parts.join('')),
)

test('keys are in the order of their UTF-8 bytes', () => {
  const law = fc.property(texts, texts, texts, (prefix, left, right) => {
    expect(Math.sign(compareKeys(prefix + left, prefix + right))).toBe(compareBytes(prefix + left, prefix + right))
  })
  fc.assert(law, { numRuns: 5000 })
})

const rows: fc.Arbitrary<StateRow> = fc.record({
  key: fc.constantFrom('a', 'b', '\uffff', '🙃'),
  stepMs: fc.constantFrom(0, 10, 20),
  from: fc.constantFrom(-20, 0, 20),
  state: fc.integer(),
})

test('the order of rows is total: by key, by start, the longer bucket first', () => {
  const law = fc.property(rows, rows, rows, (a, b, c) => {
    expect(Math.sign(compareRows(a, b))).toBe(0 - Math.sign(compareRows(b, a)))
    if (compareRows(a, b) <= 0 && compareRows(b, c) <= 0) expect(compareRows(a, c)).toBeLessThanOrEqual(0)
    const isSame = a.key === b.key && a.stepMs === b.stepMs && a.from === b.from
    expect(compareRows(a, b) === 0).toBe(isSame)
  })
  fc.assert(law, { numRuns: 2000 })
})

test('merging equal rows leaves each key and bucket once, in order, with everything that was in it', () => {
  const total = view({
    name: 'total',
    description: '',
    version: 1,
    reads: likes,
    keyOf: () => 'all',
    bucket: allTime,
    fold: sum(() => 1),
  })
  const law = fc.property(fc.array(rows), (all) => {
    const merged = mergeEqualRows(total, all)
    expect(merged.every((row, at) => at === 0 || compareRows(merged[at - 1]!, row) < 0)).toBe(true)
    for (const row of merged) {
      const equal = all.filter((one) => one.key === row.key && one.stepMs === row.stepMs && one.from === row.from)
      expect(row.state).toBe(equal.reduce((state, one) => state + Number(one.state), 0))
    }
    expect(new Set(all.map(({ key, stepMs, from }) => `${stepMs} ${from} ${key}`)).size).toBe(merged.length)
  })
  fc.assert(law)
})
