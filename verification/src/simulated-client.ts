import { createRandom, type Random } from './random.ts'

/** One person at a browser: always the same for the same seed and number. */
export interface SimulatedClient {
  readonly userId: string
  /** Favourites, so that keys are unequally popular. */
  readonly emojis: readonly string[]
  readonly videos: readonly string[]
}

const emojis = ['😀', '❤️', '👍', '🎉', '😢', '👩‍👩‍👧', 'é', 'e\u0301', ':-)', '🇳🇱']
const videoCount = 200
const syllables = ['an', 'Bo', 'chi', 'Đa', 'e', 'fá', 'Gu', '張', 'ил', 'josé', '𝒦', '😀', 'ß', 'né', "O'", '-']

export function createSimulatedClient(seed: number, number: number): SimulatedClient {
  const random = createRandom(seed * 1_000_003 + number)
  return {
    userId: `c${number}`,
    emojis: [skewedPick(random, emojis), skewedPick(random, emojis)],
    videos: [`video ${skewed(random, videoCount)}/ü`, `video-${skewed(random, videoCount)}`],
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
