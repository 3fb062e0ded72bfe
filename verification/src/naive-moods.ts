import { naiveView, type NaiveRow, type NaiveView, payloadOf } from './naive-view.ts'

/** How often each mood was shown; moods that were not are not in it. */
type MoodCounts = Readonly<Record<string, number>>

/** Which emoji says which mood, written down a second time: what the view `mood` counts must be in here as well. */
const table: readonly (readonly [mood: string, emojis: readonly string[]])[] = [
  ['happy', ['😀', '😃', '😄', '😁', '😆', '😅', '😂', '🤣', '😊', '🙂', '🙃', '😌', '😇', '😎', '👍', '👏', '🙌', '👌', '😺', '😹', '☀', '🌈', ':-)', ':)', ':D']],
  ['love', ['❤', '🧡', '💛', '💚', '💙', '💜', '🤎', '🖤', '🤍', '💕', '💖', '💗', '💘', '💞', '💝', '❤\u{200D}🔥', '😍', '🥰', '😘', '😻', '🤗', '🫶', '🌹', '<3']],
  ['excitement', ['🎉', '🎊', '🥳', '🤩', '🔥', '🚀', '⚡', '💥', '💯', '🏆', '🥇', '⚽', '🏅', '✨', '💪', '😱', '😮', '😲', '🤯']],
  ['thoughtful', ['🤔', '🧐', '💭', '🤨', '😐', '😶', '🤓', '💡', '🧠', '👀', '🤷', '🤷\u{200D}♀', '🤷\u{200D}♂', '🙏']],
  ['sadness', ['😢', '😭', '😞', '😔', '😟', '🙁', '☹', '😥', '😓', '😩', '😫', '🥺', '💔', '😿', '🤦', '🤦\u{200D}♀', '🤦\u{200D}♂', ':-(', ':(']],
  ['anger', ['😡', '😠', '🤬', '😤', '👿', '👎', '💢', '🖕', '😾', '😒', '🙄']],
  ['mischief', ['😈', '😜', '😝', '😛', '😏', '🤪', '😉', '🤭', '🤫', '👻', '💩', '🤡', ';-)', ';)']],
]

/** Code points that say how an emoji is drawn, not which one it is: a picture instead of text, and five skin tones. */
const drawing = [0xfe0f, 0x1f3fb, 0x1f3fc, 0x1f3fd, 0x1f3fe, 0x1f3ff]

export function naiveMoodOf(emoji: string): string {
  const drawn = Array.from(emoji).filter((character) => !drawing.includes(character.codePointAt(0)!)).join('')
  for (const [mood, emojis] of table) if (emojis.includes(drawn)) return mood
  return 'other'
}

/** Counts per room and mood; how strong a mood is follows from the counts of many buckets and is not compared. */
export const naiveMood: NaiveView = naiveView<MoodCounts>({
  view: 'mood',
  topic: 'reaction',
  placeOf(row) {
    const { room } = payloadOf(row)
    const rooms = new Set(['all'])
    if (typeof room === 'string') rooms.add(room)
    return [...rooms].map((key) => ({ key, ...bucketOf(row) }))
  },
  valueOf: (row) => ({ [naiveMoodOf(String(payloadOf(row).emoji))]: 1 }),
  merge(left, right) {
    const sum: Record<string, number> = { ...left }
    for (const [mood, count] of Object.entries(right)) sum[mood] = (sum[mood] ?? 0) + count
    return sum
  },
  shown: (counts) => ({ count: sumOf(counts), moods: counts }),
  comparable: readCounts,
  isBetween(low, high, answered) {
    const { count, moods } = answered as ReturnType<typeof readCounts>
    const isWithin = (mood: string): boolean => (moods[mood] ?? 0) >= (low?.[mood] ?? 0) && (moods[mood] ?? 0) <= (high[mood] ?? 0)
    return count === sumOf(moods) && [...Object.keys(high), ...Object.keys(moods)].every(isWithin)
  },
})

/** The two seconds in which a reaction happened: the time that it says itself, or else when it was received. */
function bucketOf(row: NaiveRow): { from: number; until: number } {
  const { timestamp } = payloadOf(row)
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : row.occurredAt
  const from = 2000 * Math.floor(time / 2000)
  return { from, until: from + 2000 }
}

/** What an answer says of counts: a mood of the baseline that nobody showed now has none. */
function readCounts(answered: unknown): { readonly count: unknown; readonly moods: MoodCounts } {
  const { count, moods = {} } = (answered ?? {}) as { count?: unknown; moods?: Readonly<Record<string, { count: number }>> }
  const shown = Object.entries(moods).filter(([, mood]) => mood.count !== 0)
  return { count, moods: Object.fromEntries(shown.map(([name, mood]) => [name, mood.count])) }
}

function sumOf(counts: MoodCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
