import { encodeEvent } from '@twofold/core/events/envelope.ts'
import { likes } from '@twofold/core/events/like.ts'
import { reactions } from '@twofold/core/events/reaction.ts'
import { users } from '@twofold/core/events/user.ts'
import type { NewRecord } from '@twofold/core/ports/event-log.ts'
import type { Random } from './random.ts'

/** What a producer meant to say, known without reading it back from a record. */
export interface Fact {
  readonly topic: string
  /** Null: the fact carries none, and so repeats nothing. */
  readonly id: string | null
  readonly group: string
  readonly amount: number
  readonly name: string
  /** Null: it happened when it was appended. */
  readonly occurredAt: number | null
  /** False for a record that no reader can make sense of. */
  readonly isValid: boolean
}

export const eventTypes = [users, reactions, likes]

const second = 1000
const [minute, hour, day] = [60 * second, 3600 * second, 86_400 * second]
/** Keys that a careless comparison orders wrongly, or takes for equal. */
const groups = ['a', 'A', 'b', '\u00e9', 'e\u0301', '\uffff', '👍', '𝒳']
const extremes = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0, 1, -1]

export function inventFact(random: Random, topic: string, now: number, serial: number): Fact {
  return {
    topic,
    id: random.chance(0.05) && topic !== users.topic ? null : `fact-${serial}`,
    group: random.pick(groups),
    amount: random.chance(0.2) ? random.pick(extremes) : random.below(100) - 50,
    name: `${'n'.repeat(1 + random.below(5))}${'👍'.repeat(random.below(4))}`,
    occurredAt: random.chance(0.1) ? null : inventTime(random, now),
    isValid: !random.chance(0.03),
  }
}

/** Mostly now, some late by up to days, a few from another age or from the future. */
function inventTime(random: Random, now: number): number {
  const lateness = random.pick([0, 0, 0, second, 5 * second, 20 * second, 90 * second, hour, 9 * day, 6 * 365 * day])
  const ahead = random.chance(0.05) ? random.below(minute) : 0
  return now - random.below(lateness + 300) + ahead
}

/** The record as ingest appends it, or as another program would that knows nothing of envelopes. */
export function encodeFact(fact: Fact, partition: number, isForeign: boolean): NewRecord {
  const type = eventTypes.find(({ topic }) => topic === fact.topic)!
  const payload = fact.isValid ? payloadOf(fact) : { ...payloadOf(fact), emoji: 5, video_id: '', name: 0 }
  const foreign = { key: null, value: JSON.stringify(payload), headers: {}, partition }
  // Only an envelope can carry the time of a user.
  if (isForeign || fact.id === null || fact.occurredAt === null) return foreign
  return { ...encodeEvent(type, payload, { id: fact.id, receivedAt: fact.occurredAt }), partition }
}

/** Whether a record without an envelope says all of a fact. */
export function canBeForeign({ topic, occurredAt }: Fact): boolean {
  return topic !== users.topic || occurredAt === null
}

function payloadOf({ topic, id, group, amount, name, occurredAt }: Fact): object {
  const timestamp = occurredAt === null ? {} : { timestamp: new Date(occurredAt).toISOString() }
  if (topic === users.topic) return { id, name }
  if (topic === likes.topic) return { video_id: group, ...(id === null ? {} : { id }), ...timestamp }
  return { user_id: amount, emoji: group, ...(id === null ? {} : { reaction_id: id }), ...timestamp }
}
