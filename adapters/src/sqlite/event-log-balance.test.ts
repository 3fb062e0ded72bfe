import fc from 'fast-check'
import { expect, test } from 'vitest'
import { balance, type Holding } from './event-log-balance.ts'

type Held = Holding<string> & { readonly topic: number }

const everyone = (): boolean => true

function holdingsOf(count: number): Held[] {
  return Array.from({ length: count }, (_, topic) => ({ topic, wanted: undefined }))
}

function countOf(holdings: readonly Held[], member: string): number {
  return holdings.filter(({ wanted }) => wanted === member).length
}

test('however members come and go, shares differ by one at most', () => {
  const members = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 })
  fc.assert(
    fc.property(fc.nat(20), fc.array(members, { minLength: 1, maxLength: 6 }), (count, steps) => {
      const holdings = holdingsOf(count)
      for (const present of steps) {
        balance<string, Held>(holdings, present, everyone)
        const counts = present.map((member) => countOf(holdings, member))
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        expect(counts.reduce((sum, each) => sum + each, 0)).toBe(count)
      }
    }),
  )
})

test('a member never gets what it may not hold, and nothing waits that someone may hold', () => {
  const reads = fc.record({ a: fc.array(fc.nat(5)), b: fc.array(fc.nat(5)), c: fc.array(fc.nat(5)) })
  fc.assert(
    fc.property(reads, (topics) => {
      const mayHold = (member: string, { topic }: Held): boolean => topics[member as 'a'].includes(topic)
      const holdings = holdingsOf(6)
      balance(holdings, ['a', 'b', 'c'], mayHold)
      for (const holding of holdings) {
        const able = ['a', 'b', 'c'].filter((member) => mayHold(member, holding))
        if (able.length === 0) expect(holding.wanted).toBeUndefined()
        else expect(able).toContain(holding.wanted)
      }
    }),
  )
})

test('only as many move as must', () => {
  const holdings = holdingsOf(8)
  balance(holdings, ['a', 'b'], everyone)
  const before = holdings.map(({ wanted }) => wanted)
  balance(holdings, ['a', 'b'], everyone)
  expect(holdings.map(({ wanted }) => wanted)).toEqual(before)
  balance(holdings, ['a', 'b', 'c'], everyone)
  expect(holdings.filter(({ wanted }, i) => wanted !== before[i])).toHaveLength(2)
})

test('when the last member leaves, nobody holds anything', () => {
  const holdings = holdingsOf(3)
  balance(holdings, ['a'], everyone)
  balance<string, Held>(holdings, [], everyone)
  expect(holdings.map(({ wanted }) => wanted)).toEqual([undefined, undefined, undefined])
})
