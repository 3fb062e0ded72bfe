import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPosition, parsePosition } from './position-text.ts'

const time = fc.maxSafeNat()
const position = fc.record({ firstSlice: time, since: fc.option(time), nextOffset: time, appendedAt: time })

describe('the text of a position', () => {
  test('is parsed back to the same position', () => {
    fc.assert(fc.property(position, (one) => {
      expect(parsePosition(formatPosition(one))).toEqual({ ...one })
    }))
  })

  test('is larger when the first slice is later, whatever follows', () => {
    fc.assert(fc.property(position, position, (a, b) => {
      fc.pre(a.firstSlice > b.firstSlice)
      expect(Buffer.compare(Buffer.from(formatPosition(a)), Buffer.from(formatPosition(b)))).toBe(1)
    }))
  })
})
