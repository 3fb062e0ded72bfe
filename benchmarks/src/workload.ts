import { encodeEvent } from '@twofold/core/events/envelope.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import { reactions } from '@twofold/core/events/reaction.ts'
import type { NewRecord } from '@twofold/core/ports/event-log.ts'
import { count } from '@twofold/core/views/folds.ts'
import { tumbling } from '@twofold/core/views/resolutions.ts'
import { view, type View } from '@twofold/core/views/view.ts'

const emojis = '🔥 👍 😂 🎉 ❤️ 👏 😮 🚀 👀 💯 🙏 ✨ 😢 🤔 😍 🥳 ⭐ 💡 🎶 ☕'.split(' ')

export interface ReactionPayload {
  readonly user_id: string
  readonly emoji: string
  readonly timestamp: string
}

/** The same event for the same number, at an event time of one's choice. */
export function reactionAt(number: number, occurredAt: number): ReactionPayload {
  const emoji = emojis[(number * 7919) % emojis.length]!
  return { user_id: `user-${(number * 31) % 10_000}`, emoji, timestamp: new Date(occurredAt).toISOString() }
}

/** The id that ingest would have made, as long as one of its own. */
export function idAt(number: number): string {
  const digits = number.toString(16).padStart(12, '0')
  return `${digits.slice(4)}-${digits.slice(0, 4)}-7000-8000-${digits}`
}

/** What ingest appends for a reaction. */
export function recordAt(number: number, time: number): NewRecord {
  return encodeEvent(reactions, reactionAt(number, time), { id: idAt(number), receivedAt: time })
}

/** Reactions in a topic of their own. */
export function reactionsIn(topic: string): AnyEventType {
  return { ...reactions, topic }
}

/** The count of emojis, and the same fold under other names and groups. */
export function countViews(type: AnyEventType, nonce: string, wanted: number): View[] {
  const keys: ((payload: ReactionPayload) => string)[] = [
    ({ emoji }) => emoji,
    ({ emoji }) => emoji,
    ({ user_id: user }) => String(Number(user.slice('user-'.length)) % 100),
    ({ user_id: user }) => user,
  ]
  return keys.slice(0, wanted).map((keyOf, at) =>
    view({
      name: `bench-${nonce}-${at}`,
      description: 'A view of a benchmark.',
      version: 1,
      reads: type,
      keyOf: keyOf as (payload: object) => string,
      bucket: tumbling({ seconds: 2 }),
      fold: count(),
    }),
  )
}
