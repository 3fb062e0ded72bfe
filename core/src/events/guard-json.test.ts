import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseGuardedJson, type JsonLimits } from './guard-json.ts'

const pointers = (text: string, limits: JsonLimits = {}) =>
  parseGuardedJson(text, limits).faults?.map(({ pointer }) => pointer)

test('any JSON value without harm is what JSON.parse makes of it', () => {
  const isHarmless = (text: string) => !/__proto__|constructor|prototype/.test(text)
  const json = fc.json({ maxDepth: 5, stringUnit: 'grapheme' }).filter(isHarmless)
  fc.assert(fc.property(json, (text) => {
    expect(parseGuardedJson(text)).toEqual({ value: JSON.parse(text) })
  }))
})

test('of keys given twice the last wins', () => {
  expect(parseGuardedJson('{"a":1,"a":2}')).toEqual({ value: { a: 2 } })
})

test.each(['', '  \n', '{', '{"a":1}{"b":2}', "{'a':1}", 'undefined', '[1,]', '\u0000'])('%j is no JSON', (text) => {
  expect(() => parseGuardedJson(text)).toThrow(SyntaxError)
})

test.each([
  ['{"__proto__":{"admin":true}}', '/__proto__'],
  ['{"a":[{"constructor":1}]}', '/a/0/constructor'],
  ['{"a":{"prototype":1}}', '/a/prototype'],
  ['{"\\u005f_proto__":1}', '/__proto__'],
])('%s names a prototype and is refused', (text, pointer) => {
  expect(pointers(text)).toEqual([pointer])
})

test('the same words as values, and as parts of keys, are taken', () => {
  const text = '{"role":"constructor","prototypes":"__proto__"}'
  expect(parseGuardedJson(text)).toEqual({ value: { role: 'constructor', prototypes: '__proto__' } })
})

test.each([
  ['{"emoji":"\\ud83d"}', '/emoji'],
  ['["\\ude00\\ud83d"]', '/0'],
  ['"\ud83d"', ''],
  ['{"\\uD800":1}', '/\ufffd'],
])('half of a surrogate pair in %j is refused', (text, pointer) => {
  expect(pointers(text)).toEqual([pointer])
})

test('a whole pair is taken, escaped or not', () => {
  expect(parseGuardedJson('["\\ud83d\\ude00","😀"]')).toEqual({ value: ['😀', '😀'] })
})

const tooLarge = ['1e309', '-1e400', '{"a":[1e0999 ]}', `1${'0'.repeat(400)}`]

test.each(tooLarge)('the number in %s is beyond all numbers and is refused', (text) => {
  expect(pointers(text)).toHaveLength(1)
})

test('large but finite numbers are taken', () => {
  expect(parseGuardedJson('[1e308,1e-400,123e5]')).toEqual({ value: [1e308, 0, 12_300_000] })
})

test.each([['[', ']'], ['{"a":', '}']])('%s%s may be nested 32 deep and no deeper', (open, close) => {
  const nested = (depth: number) => `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`
  expect(pointers(nested(32))).toBeUndefined()
  expect(pointers(nested(33))).toHaveLength(1)
  expect(pointers(nested(3), { maxDepth: 2 })).toHaveLength(1)
})

test('a hundred thousand brackets are refused without harm', () => {
  expect(pointers('['.repeat(100_000) + ']'.repeat(100_000))).toHaveLength(1)
})

test('wide values are no deep values', () => {
  const wide = JSON.stringify(Array.from({ length: 1000 }, (_, index) => ({ index })))
  expect(parseGuardedJson(wide).value).toHaveLength(1000)
})

test('a body full of faults is told of the first twenty', () => {
  expect(pointers(JSON.stringify(Array.from({ length: 100 }, () => ({ constructor: 1 }))))).toHaveLength(20)
})
