/** The moods of system 000's clients, each with emojis that say it. */
export const emojisOfMood = {
  happy: ['😀', '😄', '😊', '😁'],
  love: ['❤️', '😍', '🥰', '😘'],
  excitement: ['🎉', '🤩', '🔥', '🥳'],
  thoughtful: ['🤔', '🧐', '💭'],
  sadness: ['😢', '😭', '😞', '💔'],
  anger: ['😡', '😠', '🤬', '👎'],
  mischief: ['😈', '😜', '😏', '🤪'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type CrowdMood = keyof typeof emojisOfMood

export const crowdMoods = Object.keys(emojisOfMood) as readonly CrowdMood[]
