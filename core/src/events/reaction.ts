import { z } from 'zod'
import { eventType } from './event.ts'
import { id, idOrInteger, text, timestamp } from './fields.ts'

const reaction = z.object({
  reaction_id: id().optional(),
  user_id: idOrInteger(),
  emoji: text(64),
  timestamp: timestamp().optional(),
  room: id().optional(),
})

export type Reaction = z.output<typeof reaction>

/** Somebody tapped an emoji. `emoji_str`, the field's other name in the field, is read as `emoji`. */
export const reactions = eventType({
  topic: 'reaction',
  description: 'A user reacted with an emoji, maybe in a room: a match, a place. `emoji_str` is read as `emoji`.',
  routes: { single: '/reaction', plural: '/reactions' },
  schema: z.preprocess(readEmojiStr, reaction),
  idOf: (payload) => payload.reaction_id,
  withId: (payload, reaction_id) => ({ reaction_id, ...payload }),
  occurredAtOf: (payload) => (payload.timestamp === undefined ? undefined : Date.parse(payload.timestamp)),
  columns: [
    { name: 'reaction_id', kind: 'text', maxLength: 128 },
    { name: 'user_id', kind: 'text', maxLength: 128 },
    { name: 'emoji', kind: 'text', maxLength: 64 },
    { name: 'timestamp', kind: 'text', maxLength: 24 },
    { name: 'room', kind: 'text', maxLength: 128 },
  ],
})

function readEmojiStr(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('emoji_str' in input) || 'emoji' in input) return input
  return { ...input, emoji: input.emoji_str }
}
