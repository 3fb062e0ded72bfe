import { expect, test } from 'vitest'
import { BadRequest, parseRooms, readArguments, refuseOddPayload } from './socket-requests.ts'

test('rooms are ids, each once, and may be none', () => {
  expect(parseRooms({ rooms: ['a', 'b', 'a'], more: 1 }, 2 + 1)).toEqual(new Set(['a', 'b']))
  expect(parseRooms({ rooms: [] }, 2)).toEqual(new Set())
})

const objectOnly = 'the payload must be an object'
const arrayOnly = 'rooms must be an array of ids'

test.each([
  ['nothing', undefined, objectOnly],
  ['null', null, objectOnly],
  ['a text', 'a', objectOnly],
  ['a list', ['a'], objectOnly],
  ['no rooms', {}, arrayOnly],
  ['one room', { rooms: 'a' }, arrayOnly],
  ['rooms by name', { rooms: { length: 1 } }, arrayOnly],
  ['a number', { rooms: ['a', 7] }, 'rooms.1 must be a string'],
  ['an empty id', { rooms: [''] }, 'rooms.0 must not be empty'],
  ['a long id', { rooms: ['x'.repeat(257)] }, 'rooms.0 must be at most 256 characters'],
  ['too many rooms', { rooms: ['a', 'b', 'c', 'd'] }, 'rooms must be at most 3 ids'],
  ['many faults', { rooms: [1, 2, 3] }, 'rooms.0 must be a string; rooms.1 must be a string; rooms.2 must be a string'],
])('%s is refused with a reason', (_title, payload, reason) => {
  expect(() => parseRooms(payload, 3)).toThrow(new BadRequest(reason))
})

test('a request without parameters takes an object or nothing', () => {
  for (const payload of [undefined, {}, { any: 1 }]) expect(() => refuseOddPayload(payload)).not.toThrow()
  for (const payload of [1, 'text', []]) expect(() => refuseOddPayload(payload)).toThrow(new BadRequest(objectOnly))
})

test('payload and acknowledgement are found wherever they stand', () => {
  const acknowledge = () => {}
  const payload = { rooms: ['a'] }
  for (const args of [[payload, acknowledge], [acknowledge, payload], [null, payload, 7, acknowledge]]) {
    expect(readArguments(args)).toEqual({ payload, acknowledge })
  }
  expect(readArguments([acknowledge])).toEqual({ payload: undefined, acknowledge })
  expect(() => readArguments([]).acknowledge({ ok: true })).not.toThrow()
})
