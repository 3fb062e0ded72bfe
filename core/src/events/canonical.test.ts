import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isCanonical } from './canonical.ts'
import { idOrInteger, text, timestamp } from './fields.ts'
import { parseGuardedJson } from './guard-json.ts'
import { events } from './index.ts'
import { reactions } from './reaction.ts'

const canonical = { reaction_id: 'r', user_id: 'u', emoji: '🔥', timestamp: '2026-02-28T23:59:59.999Z' }

const names = [...new Set(events.flatMap(({ columns }) => columns.map(({ name }) => name))), 'emoji_str', '__proto__', 'constructor', '0']
const time = fc.date({ min: new Date(-62_167_219_200_000), max: new Date(253_402_300_799_999), noInvalidDate: true })
/** Times that are nearly canonical: one digit may be another. */
const nearlyTime = fc.tuple(time, fc.nat(24), fc.constantFrom('', '9', '3', 'Z', '+')).map(([date, at, other]) => {
  const iso = date.toISOString()
  return iso.slice(0, at) + other + iso.slice(at + other.length)
})
const member = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.string({ minLength: 60, maxLength: 210 }),
  nearlyTime,
  time.map((date) => date.toISOString().replace('.000Z', 'Z')),
  fc.constantFrom('', '\ud800', '2024-02-30T00:00:00.000Z', '2023-02-29T00:00:00.000Z', '2026-01-01T24:00:00.000Z'),
  fc.constantFrom<unknown>(0, 1.5, -1, 1e300, null, true, [], {}, undefined),
)
const memberNamed = (name: string) => fc.tuple(fc.constant(name), member)
/** The members in any order: the order is a part of the canonical form. */
const input = fc.oneof(
  fc
    .shuffledSubarray(names)
    .chain((chosen) => fc.tuple(...chosen.map(memberNamed)))
    .map((entries) => Object.fromEntries(entries)),
  fc.constantFrom<unknown>(null, 1, 'x', [], [canonical]),
)

const validMember = (name: string) =>
  name === 'timestamp' ? time.map((date) => date.toISOString()) : fc.string({ minLength: 1, maxLength: 9 })
const valid = fc.record(Object.fromEntries(names.map((name) => [name, validMember(name)])))

describe.each(events.map((type) => [type.topic, type] as const))('the canonical form of %s', (_, { schema }) => {
  test('is what the schema accepts and answers unchanged, in the same order', () => {
    fc.assert(
      fc.property(input, (value) => {
        if (!isCanonical(schema, value)) return
        const parsed = schema.safeParse(value)
        expect(parsed.success && JSON.stringify(parsed.data)).toBe(JSON.stringify(value))
        expect(parsed.data).toStrictEqual(value)
        expect(parseGuardedJson(JSON.stringify(value)).faults).toBeUndefined()
      }),
      { numRuns: 3000 },
    )
  })

  test('is what the schema answers', () => {
    let seen = 0
    const check = (value: unknown): void => {
      const parsed = schema.safeParse(value)
      if (!parsed.success) return
      expect(isCanonical(schema, JSON.parse(JSON.stringify(parsed.data)))).toBe(true)
      seen += 1
    }
    fc.assert(fc.property(valid, check))
    expect(seen).toBeGreaterThan(0)
  })
})

test('A value that parsing would change, or refuse, is not canonical', () => {
  expect(isCanonical(reactions.schema, canonical)).toBe(true)
  const { user_id: user, ...rest } = canonical
  const others = [
    rest,
    { user_id: user, ...rest },
    { ...canonical, emoji_str: '🔥' },
    { ...canonical, user_id: 7 },
    { ...canonical, timestamp: '2026-02-28T23:59:59Z' },
    { ...canonical, timestamp: '2026-02-29T23:59:59.999Z' },
    { ...canonical, emoji: '' },
    { ...canonical, emoji: 'e'.repeat(65) },
  ]
  for (const other of others) expect(isCanonical(reactions.schema, other), JSON.stringify(other)).toBe(false)
})

test('A schema of which something is not known has no canonical form', () => {
  const value = { a: 'a' }
  expect(isCanonical(z.object({ a: text(9) }), value)).toBe(true)
  const unknown = [
    z.object({ a: z.string() }),
    z.object({ a: text(9).trim() }),
    z.object({ a: text(9).default('b') }),
    z.object({ a: text(9) }).refine(() => false),
    z.looseObject({ a: text(9) }),
    z.strictObject({ a: text(9) }),
    z.object({ a: text(9) }).transform(({ a }) => ({ b: a })),
    z.preprocess((_, context) => context.addIssue('no'), z.object({ a: text(9) })),
    z.preprocess(() => ({ a: 'b' }), z.object({ a: text(9) })),
    z.object({ a: idOrInteger().transform(() => 'b') }),
    z.object({ a: timestamp().nullable() }),
  ]
  for (const schema of unknown) expect(isCanonical(schema, value)).toBe(false)
})
