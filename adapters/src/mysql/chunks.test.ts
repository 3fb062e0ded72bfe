import { expect, test } from 'vitest'
import { chunksOf } from './chunks.ts'

const cut = (items: string[], maxItems: number, maxWeight: number) =>
  [...chunksOf(items, (item) => item.length, { maxItems, maxWeight })].map((chunk) => chunk.join(' '))

test('chunks are bounded by count and by weight', () => {
  expect(cut(['a', 'b', 'c', 'd', 'e'], 2, 100)).toEqual(['a b', 'c d', 'e'])
  expect(cut(['aa', 'bb', 'c', 'ddddd', 'e'], 9, 5)).toEqual(['aa bb c', 'ddddd', 'e'])
})

test('an item that weighs too much stands alone, and nothing makes no chunk', () => {
  expect(cut(['a', 'bbbbbbbb', 'c'], 9, 3)).toEqual(['a', 'bbbbbbbb', 'c'])
  expect(cut([], 9, 9)).toEqual([])
})
