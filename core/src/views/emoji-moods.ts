/**
 * Which emoji says which mood, for anyone to edit: the seven moods of the crowd, each with its emojis, a space between
 * them. An edit changes what is counted, so it is a new version of the view `mood`.
 */
const emojisOf = {
  happy: '😀 😃 😄 😁 😆 😅 😂 🤣 😊 🙂 🙃 😌 😇 😎 👍 👏 🙌 👌 😺 😹 ☀ 🌈 :-) :) :D',
  love: '❤ 🧡 💛 💚 💙 💜 🤎 🖤 🤍 💕 💖 💗 💘 💞 💝 ❤‍🔥 😍 🥰 😘 😻 🤗 🫶 🌹 <3',
  excitement: '🎉 🎊 🥳 🤩 🔥 🚀 ⚡ 💥 💯 🏆 🥇 ⚽ 🏅 ✨ 💪 😱 😮 😲 🤯',
  thoughtful: '🤔 🧐 💭 🤨 😐 😶 🤓 💡 🧠 👀 🤷 🤷‍♀ 🤷‍♂ 🙏',
  sadness: '😢 😭 😞 😔 😟 🙁 ☹ 😥 😓 😩 😫 🥺 💔 😿 🤦 🤦‍♀ 🤦‍♂ :-( :(',
  anger: '😡 😠 🤬 😤 👿 👎 💢 🖕 😾 😒 🙄',
  mischief: '😈 😜 😝 😛 😏 🤪 😉 🤭 🤫 👻 💩 🤡 ;-) ;)',
} as const

export type Mood = keyof typeof emojisOf | 'other'

/** In the order in which they are shown; `other` is what no mood is known of. */
export const moods = [...Object.keys(emojisOf), 'other'] as readonly Mood[]

const moodOfEmoji = new Map<string, Mood>()
for (const [mood, emojis] of Object.entries(emojisOf)) {
  for (const emoji of emojis.split(' ')) moodOfEmoji.set(plain(emoji), mood as Mood)
}

/** The mood that somebody shows with an emoji, in whatever skin tone, and drawn as a picture or as text. */
export function moodOf(emoji: string): Mood {
  return moodOfEmoji.get(emoji) ?? moodOfEmoji.get(plain(emoji)) ?? 'other'
}

/** Without U+FE0F, which asks for a picture, and without skin tones. */
function plain(emoji: string): string {
  return emoji.replace(/\u{FE0F}|[\u{1F3FB}-\u{1F3FF}]/gu, '')
}
