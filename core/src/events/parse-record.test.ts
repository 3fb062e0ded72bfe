import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogRecord, NewRecord } from '../ports/event-log.ts'
import { encodeEvent } from './envelope.ts'
import type { AnyEventType } from './event.ts'
import { maxEventBytes } from './fields.ts'
import { events } from './index.ts'
import { likes } from './like.ts'
import { parseRecord } from './parse-record.ts'
import { reactions } from './reaction.ts'
import { users } from './user.ts'

const appendedAt = 1_700_000_000_000

function record(value: string | Uint8Array | null, headers: LogRecord['headers'] = {}): LogRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return { topic: 't', partition: 2, offset: 7, timestamp: appendedAt, key: null, value: bytes, headers }
}

const asRead = ({ value, headers }: NewRecord): LogRecord => record(value, headers)

const text = (maxLength: number) =>
  fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((value) => value.length <= maxLength)
const id = text(128)
const years = { min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') }
const date = fc.date({ ...years, noInvalidDate: true })
const timestamp = fc.oneof(
  date.map((time) => time.toISOString()),
  date.map((time) => time.toISOString().replace('Z', '+02:30')),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
)

/** What clients send, one arbitrary for each event type. */
const inputs: Readonly<Record<string, fc.Arbitrary<object>>> = {
  user: fc.record({ id, name: text(200) }),
  reaction: fc.record(
    { reaction_id: id, user_id: fc.oneof(id, fc.maxSafeInteger()), emoji: text(64), emoji_str: text(64), timestamp, room: id },
    { requiredKeys: ['user_id'] },
  ),
  like: fc.record({ video_id: id, id, timestamp }, { requiredKeys: ['video_id'] }),
  'message-sign-request': fc.record({ message_id: id, message: text(10_000) }, { requiredKeys: ['message'] }),
}

test.each(events.map((type) => [type.topic, type] as const))(
  'what ingest writes of a %s is read as the same payload, id and time',
  (topic, type) => {
    let tried = 0
    const receivedAts = fc.integer({ min: 0, max: 4e12 })
    fc.assert(fc.property(inputs[topic]!, id, receivedAts, (input, givenId, receivedAt) => {
      const sent = type.schema.safeParse(input)
      fc.pre(sent.success)
      tried += 1
      const payload = sent.data as object
      const eventId = type.idOf(payload) ?? givenId
      const written = encodeEvent(type, payload, { id: eventId, receivedAt })
      const occurredAt = type.occurredAtOf?.(payload) ?? receivedAt
      const event = { id: eventId, payload, occurredAt, appendedAt, partition: 2, offset: 7 }
      expect(parseRecord(type, asRead(written), appendedAt)).toEqual(event)
    }))
    expect(tried).toBeGreaterThan(20)
  },
)

test.each(events.map((type) => [type.topic, type] as const))('parsing a parsed %s changes nothing', (topic, type) => {
  fc.assert(fc.property(inputs[topic]!, (input) => {
    const once = type.schema.safeParse(input)
    fc.pre(once.success)
    expect(type.schema.parse(once.data)).toEqual(once.data)
  }))
})

const read = (type: AnyEventType, value: string | Uint8Array | null, headers = {}) =>
  parseRecord(type, record(value, headers), appendedAt)

test.each([
  ['no value', null, 'the record has no value'],
  ['no bytes', '', /JSON/],
  ['half a document', '{"id":"a"', /JSON/],
  ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), /encoded data/],
  ['more bytes than an event may have', `{"id":"a","name":"b"}${' '.repeat(maxEventBytes)}`, /^the value is larger/],
  ['a missing field', '{"id":"a"}', /^\/name: /],
  ['two faults', '{}', /^\/id: .*; \/name: /],
  ['an array', '[]', /^the value: /],
  ['half of a surrogate pair', '{"id":"a","name":"\\ud83d"}', /^\/name: this holds half of a surrogate pair/],
  ['a prototype', '{"id":"a","name":"b","__proto__":{}}', /^\/__proto__: /],
  ['deep nesting', `{"id":"a","name":"b","x":${'['.repeat(40)}${']'.repeat(40)}}`, /nested deeper than 32/],
  ['an infinite number', '{"id":"a","name":"b","x":1e999}', '/x: this number is too large'],
])('a record with %s says why it is none', (_name, value, expected) => {
  expect(read(users, value)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
})

test.each(['', 'x'.repeat(129)])('an id of the envelope that is empty or too long is refused', (ce_id) => {
  expect(read(reactions, '{"user_id":1,"emoji":"a"}', { ce_id })).toMatch(/^the header ce_id must have/)
})

test('a plain record of another program is named by its payload, or else by its place', () => {
  const place = { appendedAt, partition: 2, offset: 7 }
  expect(read(users, '{"id":"u","name":"n","more":1}')).toEqual(
    { id: 'u', payload: { id: 'u', name: 'n' }, occurredAt: appendedAt, ...place })
  expect(read(likes, '\ufeff{"video_id":"v"}')).toEqual(
    { id: 't/2/7', payload: { video_id: 'v' }, occurredAt: appendedAt, ...place })
})

test('the id of the payload wins over that of the envelope, and headers may be bytes', () => {
  const headers = { ce_id: Buffer.from('é'), ce_time: Buffer.from('2024-01-01T00:00:00Z') }
  expect(read(likes, '{"video_id":"v"}', headers)).toMatchObject({ id: 'é', occurredAt: Date.UTC(2024, 0, 1) })
  expect(read(likes, '{"video_id":"v","id":"mine"}', headers)).toMatchObject({ id: 'mine' })
})

test('headers that say nothing readable are as if absent', () => {
  const headers = { ce_id: new Uint8Array([0xff]), ce_time: 'yesterday' }
  expect(read(likes, '{"video_id":"v"}', headers)).toMatchObject({ id: 't/2/7', occurredAt: appendedAt })
})

test('the event time is the one that the payload names', () => {
  const headers = { ce_time: '2024-01-01T00:00:00Z' }
  const value = '{"video_id":"v","timestamp":1700000001}'
  expect(read(likes, value, headers)).toMatchObject({ occurredAt: 1_700_000_001_000 })
})

test('the time of an envelope counts only as RFC 3339 with an offset: anything else is another time elsewhere', () => {
  const occurredAt = (ce_time: string) => {
    const event = parseRecord(users, record('{"id":"1","name":"Ada"}', { ce_time }), appendedAt)
    return typeof event === 'string' ? event : event.occurredAt
  }
  expect(occurredAt('2026-11-21T10:00:00+01:00')).toBe(Date.UTC(2026, 10, 21, 9))
  const others = ['2026-11-21T10:00:00', '+275760-09-13T00:00:00.000Z', '2026-11-21', 'Sat, 21 Nov 2026 10:00:00 GMT', '5', '', 'now']
  for (const other of others) expect([other, occurredAt(other)]).toEqual([other, appendedAt])
})

test('an id that a schema accepts is never refused behind it, however many code units it has', () => {
  const astral = '😀'.repeat(128)
  for (const [type, payload] of [
    [users, { id: astral, name: 'x' }],
    [reactions, { reaction_id: astral, user_id: astral, emoji: '🎉' }],
    [likes, { video_id: astral, id: `${'e'.repeat(64)}${'😀'.repeat(64)}` }],
  ] as const) {
    const parsed = (type as AnyEventType).schema.parse(payload) as object
    const ownId = (type as AnyEventType).idOf(parsed)!
    const encoded = encodeEvent(type, parsed, { id: ownId, receivedAt: 0 })
    expect(parseRecord(type, asRead(encoded), appendedAt)).toMatchObject({ id: ownId })
  }
  expect(parseRecord(likes, record('{"video_id":"v"}', { ce_id: astral }), appendedAt)).toMatchObject({ id: astral })
  expect(parseRecord(likes, record('{"video_id":"v"}', { ce_id: `${astral}x` }), appendedAt)).toContain('ce_id')
})
