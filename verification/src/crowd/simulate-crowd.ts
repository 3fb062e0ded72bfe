import { createRandom, type Random } from '../random.ts'
import { type CrowdMood, crowdMoods, emojisOfMood } from './crowd-moods.ts'
import { createRoomMood, exponential, meanIntensity, type RoomMood } from './simulate-swings.ts'

export interface CrowdSettings {
  /** The same seed and start give the same events, with the same ids. */
  readonly seed: number
  /** Taps a second in all rooms together, on average. */
  readonly rate: number
  readonly durationMs: number
  readonly clients: number
  readonly rooms: number
  readonly videos: number
  /** Event times count from here, milliseconds since 1970. */
  readonly startedAt: number
}

/** A tap of an emoji in a room, or a like of a video. */
export interface CrowdEvent {
  readonly topic: 'reaction' | 'like'
  readonly id: string
  /** The room or the video, from 0. */
  readonly place: number
  readonly payload: Readonly<Record<string, unknown>>
  /** Milliseconds after the start. */
  readonly dueMs: number
}

/** Likes are this share of all events. */
const likeShare = 0.1
/** This share of the rooms has one person each, whose taps are often alone in their window: see `settleSteps`. */
const quietShare = 0.1
/** How often the intensity of the rooms is looked at. Milliseconds. */
const strideMs = 100

export const roomName = (room: number): string => `room-${room + 1}`
/** With the seed, so that windows of a minute hold the likes of one run only. */
export const videoName = (seed: number, video: number): string => `crowd-${seed}-video-${video + 1}`

/** What the people of a crowd do, in the order in which it is due: more in the rooms where something happened. */
export function* simulateCrowd(settings: CrowdSettings): Generator<CrowdEvent> {
  const { seed, rate, durationMs } = settings
  const random = createRandom(seed)
  const rooms = peopleOf(settings, random)
  let [lookedAt, intensities, intensity] = [Number.NEGATIVE_INFINITY, [] as number[], 0]
  for (let dueMs = 0, number = 0; ; number++) {
    if (dueMs - lookedAt >= strideMs) {
      intensities = rooms.map(({ people, mood }) => people.length * mood.intensity(dueMs))
      ;[lookedAt, intensity] = [dueMs, sum(intensities)]
    }
    const events = (rate / (1 - likeShare)) * (intensity / settings.clients / meanIntensity)
    dueMs += exponential(random, 1000 / events)
    if (dueMs >= durationMs) return
    const about = { id: `crowd-${seed}-${number}`, dueMs, timestamp: timeOf(settings, dueMs) }
    if (random.next() < likeShare) yield like(about, settings, random)
    else yield tap(about, rooms[pickByWeight(random, intensities, intensity)]!, random)
  }
}

interface Person {
  readonly userId: string
  readonly mood: CrowdMood
}

interface Room {
  readonly number: number
  readonly people: readonly Person[]
  readonly mood: RoomMood
}

/** Rooms that somebody is in. The last ones are quiet. */
function peopleOf({ seed, clients, rooms }: CrowdSettings, random: Random): Room[] {
  const people: Person[][] = Array.from({ length: rooms }, () => [])
  const quiet = Math.floor(rooms * quietShare)
  for (let client = 0; client < clients; client++) {
    const room = client < quiet ? rooms - 1 - client : random.below(rooms - quiet)
    people[room]!.push({ userId: `c${client}`, mood: random.pick(crowdMoods) })
  }
  const mood = (number: number): RoomMood => createRoomMood(createRandom(seed * 1_000_003 + number))
  return people.map((those, number) => ({ number, people: those, mood: mood(number) })).filter((room) => room.people.length > 0)
}

interface About {
  readonly id: string
  readonly dueMs: number
  readonly timestamp: string
}

function tap({ id, dueMs, timestamp }: About, { number, people, mood }: Room, random: Random): CrowdEvent {
  const { userId, mood: own } = random.pick(people)
  const emoji = random.pick<string>(emojisOfMood[mood.moodOf(own, dueMs)])
  const payload = { reaction_id: id, user_id: userId, emoji, room: roomName(number), timestamp }
  return { topic: 'reaction', id, place: number, payload, dueMs }
}

/** A few videos get most of the likes. */
function like({ id, dueMs, timestamp }: About, { seed, videos }: CrowdSettings, random: Random): CrowdEvent {
  const place = Math.floor(videos * random.next() ** 2)
  return { topic: 'like', id, place, payload: { id, video_id: videoName(seed, place), timestamp }, dueMs }
}

/** Never after the moment at which it is due. */
function timeOf({ startedAt }: CrowdSettings, dueMs: number): string {
  return new Date(Math.floor(startedAt + dueMs)).toISOString()
}

function pickByWeight(random: Random, weights: readonly number[], total: number): number {
  let left = random.next() * total
  const at = weights.findIndex((weight) => (left -= weight) < 0)
  return at < 0 ? weights.length - 1 : at
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
