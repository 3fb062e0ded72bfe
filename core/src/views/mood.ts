import { type Reaction, reactions } from '../events/reaction.ts'
import { moodOf, moods } from './emoji-moods.ts'
import { countBy, type Counts, plus, type Total } from './folds.ts'
import { intensityOf } from './intensity.ts'
import { tumbling } from './resolutions.ts'
import { type Around, onlyKey, view } from './view.ts'

/** How a mood compares with what the same crowd showed in the five minutes before. */
export type MoodLevel = 'quiet' | 'usual' | 'raised' | 'strong'

export interface ShownMood {
  readonly count: Total
  /** Of all reactions, 0 to 1, to four decimals. */
  readonly share: number
  /** A second, to four decimals; null for all time. */
  readonly rate: number | null
  /** Standard deviations above the baseline (`intensityOf`), to two decimals; null without one. */
  readonly intensity: number | null
  readonly level: MoodLevel | null
}

/** The mood of a crowd: of everybody, or of a room. */
export interface ShownMoods {
  readonly count: Total
  readonly rate: number | null
  /** Each mood that there was now or in the baseline, in the order of the table. */
  readonly moods: Readonly<Record<string, ShownMood>>
}

/** The room that everybody is in. */
const everybody = onlyKey

export const mood = view({
  name: 'mood',
  description: 'What the crowd feels, and how strongly compared with its last five minutes, per room and two seconds; the room "all" is everybody.',
  version: 1,
  reads: reactions,
  keyOf: roomsOf,
  bucket: tumbling({ seconds: 2 }),
  fold: countBy((reaction: Reaction) => moodOf(reaction.emoji)),
  showing: { baselineMs: 300_000, show: showMoods },
})

function roomsOf({ room }: Reaction): string | readonly string[] {
  return room === undefined || room === everybody ? everybody : [everybody, room]
}

function showMoods(state: Counts, { lengthMs, baseline }: Around): ShownMoods {
  const [now, before] = [new Map(state), new Map(baseline?.state as Counts | undefined)]
  const total = state.reduce<Total>((sum, [, count]) => plus(sum, count), 0)
  const rateOf = (count: Total): number | null => (lengthMs === null ? null : round(Number(count) / (lengthMs / 1000), 4))
  const showMood = (name: string): ShownMood => {
    const count = now.get(name) ?? 0
    const share = total === 0 ? 0 : round(Number(count) / Number(total), 4)
    const usual = baseline && { count: Number(before.get(name) ?? 0), lengthMs: baseline.lengthMs }
    const intensity = lengthMs === null || usual === null ? null : round(intensityOf({ count: Number(count), lengthMs }, usual), 2)
    return { count, share, rate: rateOf(count), intensity, level: levelOf(intensity) }
  }
  const known = moods.filter((name) => now.has(name) || before.has(name))
  return { count: total, rate: rateOf(total), moods: Object.fromEntries(known.map((name) => [name, showMood(name)])) }
}

/** By chance a steady crowd is outside of `usual` about once in twenty windows, and `strong` once in thirty thousand. */
function levelOf(intensity: number | null): MoodLevel | null {
  if (intensity === null) return null
  if (intensity < -2) return 'quiet'
  if (intensity <= 2) return 'usual'
  return intensity <= 4 ? 'raised' : 'strong'
}

/** Never -0, which JSON doesn't know. */
function round(number: number, decimals: number): number {
  const factor = 10 ** decimals
  return Math.round(number * factor) / factor + 0
}
