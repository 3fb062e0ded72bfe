import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeVector, encodeVector, isAhead } from './vector-text.ts'

const vector = fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { minLength: 1, maxLength: 16 })

test('every place comes back as it was, in letters that fit a header and an address', () => {
  fc.assert(fc.property(vector, (offsets) => {
    const text = encodeVector(offsets)
    expect(text).toMatch(/^[0-9a-z.-]+$/)
    expect(decodeVector(text)).toEqual(offsets)
  }))
})

test('a place that was cut off or changed is none', () => {
  fc.assert(fc.property(vector, fc.nat(), fc.constantFrom('0', 'z', '.', '-', 'Z', ' ', ''), (offsets, at, letter) => {
    const text = encodeVector(offsets)
    const place = at % text.length
    const changed = text.slice(0, place) + letter + text.slice(place + 1)
    if (changed !== text) expect(decodeVector(changed)).toBeUndefined()
  }))
})

test.each(['', '-', '0', '0-', '.-0', '-1-0', '1e3-0', 'x'.repeat(300), '0.0-zzzz', '🙂'])('%j is no place', (text) => {
  expect(decodeVector(text)).toBeUndefined()
})

test('a place is ahead when one partition is, or when it is of another number of partitions', () => {
  expect([[0, 0], [1, 2], [2, 1], [1, 3], [1], [1, 2, 0]].map((offsets) => isAhead(offsets, [1, 2]))).toEqual([false, false, true, true, true, true])
})
