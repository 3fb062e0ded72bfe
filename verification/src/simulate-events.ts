import { createRandom, type Random } from './random.ts'
import { createSimulatedClient, type SimulatedClient, simulateName } from './simulated-client.ts'

/** A request of a simulated client. */
export interface SimulatedEvent {
  readonly topic: string
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Where it is posted. */
  readonly path: string
  /** When it is due, milliseconds after the start. */
  readonly dueMs: number
  /** True when the same event was sent before. */
  readonly isRepeat: boolean
}

export interface EventSettings {
  /** The same seed and start give the same events, with the same ids. */
  readonly seed: number
  /** Events a second. */
  readonly rate: number
  readonly durationMs: number
  readonly clients: number
  /** Share of events that are sent again, 0 to 1. */
  readonly repeats: number
  /** Share of events that are hours or days old, 0 to 1; only events with a time of their own. */
  readonly late: number
  /** A repeat comes at most this long after it was sent before; keep it well below the dedup horizon. Milliseconds. */
  readonly repeatWithinMs: number
  /** Event times count from here, milliseconds since 1970. */
  readonly startedAt: number
}

/** A mix of a site's traffic, in the order in which it is due. Gaps are exponential, as of many independent people. */
export function* simulateEvents(settings: EventSettings): Generator<SimulatedEvent> {
  const { seed, rate, durationMs, repeats, repeatWithinMs } = settings
  const random = createRandom(seed)
  const clients = Array.from({ length: settings.clients }, (_, number) => createSimulatedClient(seed, number))
  let recent: SimulatedEvent[] = []
  let firstRecent = 0
  for (let dueMs = 0, number = 0; ; number++) {
    dueMs += (-Math.log(1 - random.next()) * 1000) / rate
    if (dueMs >= durationMs) return
    while (firstRecent < recent.length && recent[firstRecent]!.dueMs < dueMs - repeatWithinMs) firstRecent++
    if (firstRecent > 1000) [recent, firstRecent] = [recent.slice(firstRecent), 0]
    const isRepeat = random.next() < repeats && firstRecent < recent.length
    if (isRepeat) yield { ...recent[firstRecent + random.below(recent.length - firstRecent)]!, dueMs, isRepeat }
    else {
      const event = simulateEvent({ random, client: random.pick(clients), number, dueMs, settings })
      recent.push(event)
      yield event
    }
  }
}

interface Occasion {
  readonly random: Random
  readonly client: SimulatedClient
  readonly number: number
  readonly dueMs: number
  readonly settings: EventSettings
}

type Fresh = Pick<SimulatedEvent, 'topic' | 'payload' | 'path'>

/** Of ten events five are reactions, three likes, one a new user and one a message to sign. */
function simulateEvent(occasion: Occasion): SimulatedEvent {
  const { random, settings, number, dueMs } = occasion
  const id = `${settings.seed}-${base62(number)}`
  const kind = random.below(10)
  const simulateKind =
    kind < 5 ? simulateReaction : kind < 8 ? simulateLike : kind < 9 ? simulateUser : simulateSignRequest
  return { ...simulateKind(id, occasion), id, dueMs, isRepeat: false }
}

function simulateReaction(reaction_id: string, occasion: Occasion): Fresh {
  const { random, client } = occasion
  const payload = {
    reaction_id,
    user_id: client.userId,
    emoji: random.pick(client.emojis),
    timestamp: timeOf(occasion),
    ...(client.room === undefined ? {} : { room: client.room }),
  }
  return { topic: 'reaction', path: '/reaction', payload }
}

function simulateLike(id: string, occasion: Occasion): Fresh {
  const video_id = occasion.random.pick(occasion.client.videos)
  const path = `/videos/${encodeURIComponent(video_id)}/likes`
  return { topic: 'like', path, payload: { id, video_id, timestamp: timeOf(occasion) } }
}

function simulateUser(id: string, { random }: Occasion): Fresh {
  return { topic: 'user', path: '/user', payload: { id, name: simulateName(random) } }
}

function simulateSignRequest(message_id: string, { client, number }: Occasion): Fresh {
  return {
    topic: 'message-sign-request',
    path: '/sign',
    payload: { message_id, message: `${client.userId} agrees to ${number}` },
  }
}

/** When it happened: now, or between an hour and three days ago. */
function timeOf({ random, dueMs, settings }: Occasion): string {
  const hour = 3_600_000
  const lateMs = random.next() < settings.late ? hour + random.below(71 * hour) : 0
  return new Date(Math.round(settings.startedAt + dueMs - lateMs)).toISOString()
}

const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Ids of which some differ in case only: a store that takes them for one loses events. */
function base62(number: number): string {
  return (number >= 62 ? base62(Math.floor(number / 62)) : '') + digits[number % 62]!
}
