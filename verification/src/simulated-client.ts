import { createRandom, type Random } from './random.ts'

/** One person at a browser: always the same for the same seed and number. */
export interface SimulatedClient {
  readonly userId: string
  /** Favourites, so that keys are unequally popular. */
  readonly emojis: readonly string[]
  readonly videos: readonly string[]
  /** Where they tap; undefined: nowhere in particular. */
  readonly room: string | undefined
}

/** Of every mood, with skin tones and without, and what is no emoji of any. */
const emojis = ['😀', '❤️', '👍🏽', '🎉', '😢', '🤔', '😡', '😈', '👩‍👩‍👧', 'é', 'e\u0301', ':-)', '🇳🇱']
/** One is called what everybody is. */
const rooms = ['match 1', 'Match 1', 'stadium/ü', '🏟️', 'all']
const videoCount = 200
const syllables = ['an', 'Bo', 'chi', 'Đa', 'e', 'fá', 'Gu', '張', 'ил', 'josé', '𝒦', '😀', 'ß', 'né', "O'", '-']

export function createSimulatedClient(seed: number, number: number): SimulatedClient {
  const random = createRandom(seed * 1_000_003 + number)
  return {
    userId: `c${number}`,
    emojis: [skewedPick(random, emojis), skewedPick(random, emojis)],
    videos: [`video ${skewed(random, videoCount)}/ü`, `video-${skewed(random, videoCount)}`],
    room: random.next() < 0.6 ? skewedPick(random, rooms) : undefined,
  }
}

/** Names of very different lengths, with characters of one to four bytes. */
export function simulateName(random: Random): string {
  let name = ''
  for (let left = 1 + random.below(12); left > 0; left--) name += random.pick(syllables)
  return name
}

/** Small numbers come up far more often. */
function skewed(random: Random, limit: number): number {
  return Math.floor(limit * random.next() ** 3)
}

function skewedPick<Item>(random: Random, items: readonly Item[]): Item {
  return items[skewed(random, items.length)]!
}
