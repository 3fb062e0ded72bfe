import { expect, test } from 'vitest'
import { rawTableOf } from './raw-table.ts'
import { reactions } from './reaction.ts'

const parse = (members: object): unknown => reactions.schema.safeParse({ user_id: 1, emoji: '😂', ...members }).data

test('a reaction may be in a room, named by a short text', () => {
  expect(parse({})).toEqual({ user_id: '1', emoji: '😂' })
  for (const room of ['x', '🏟️ Ajax – PSV', 'x'.repeat(128)]) expect(parse({ room })).toEqual({ user_id: '1', emoji: '😂', room })
  for (const room of ['', 'x'.repeat(129), 5, null, '\ud800', ['x']]) expect(parse({ room }), JSON.stringify(room)).toBeUndefined()
})

test('the raw table keeps the room in a column of its own, behind those that were there before', () => {
  const { columns } = rawTableOf(reactions)
  expect(columns.map(({ name }) => name)).toEqual(['reaction_id', 'user_id', 'emoji', 'timestamp', 'room'])
})

test('emoji_str is read as emoji, unless there is one', () => {
  expect(reactions.schema.parse({ user_id: 1, emoji_str: '🎉' })).toEqual({ user_id: '1', emoji: '🎉' })
  expect(reactions.schema.parse({ user_id: 1, emoji: '😂', emoji_str: '🎉' })).toEqual({ user_id: '1', emoji: '😂' })
})
