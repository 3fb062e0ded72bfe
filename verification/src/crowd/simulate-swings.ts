import type { Random } from '../random.ts'
import type { CrowdMood } from './crowd-moods.ts'

/** What a crowd is carried away to, by what happens: a goal, a win, a foul, a miss, a joke. */
const occasions: readonly CrowdMood[] = ['excitement', 'happy', 'love', 'anger', 'anger', 'sadness', 'mischief']

/** Mean time between two occasions in a room, and the time in which the excitement falls to 1/e. Milliseconds. */
const betweenMs = 20_000
const decayMs = 4000
/** Right after an occasion a room taps so many times as often. */
const boost = 4
/** Right after an occasion this share of the taps has its mood. */
const carriedAway = 0.8

/** Mean of `intensity` over a long time: the time since the last occasion is exponential too. */
export const meanIntensity = 1 + (boost - 1) / (1 + betweenMs / decayMs)

/** The feelings of the people in one room. Times in milliseconds since the start, never going back. */
export interface RoomMood {
  /** How often the room taps, as a multiple of what it does when nothing happens. */
  intensity(atMs: number): number
  /** The mood in which somebody taps whose own mood is given. */
  moodOf(own: CrowdMood, atMs: number): CrowdMood
}

/** Occasions come by chance, at exponential gaps; each makes the room forget the one before. */
export function createRoomMood(random: Random): RoomMood {
  let mood = random.pick(occasions)
  let swungAt = -exponential(random, betweenMs)
  let nextAt = exponential(random, betweenMs)
  const strength = (atMs: number): number => {
    while (nextAt <= atMs) {
      ;[mood, swungAt] = [random.pick(occasions), nextAt]
      nextAt += exponential(random, betweenMs)
    }
    return Math.exp((swungAt - atMs) / decayMs)
  }
  return {
    intensity: (atMs) => 1 + (boost - 1) * strength(atMs),
    moodOf: (own, atMs) => (random.next() < carriedAway * strength(atMs) ? mood : own),
  }
}

/** A random time with the mean given, as between independent events. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random.next()) * mean
}
