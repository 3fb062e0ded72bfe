import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moodOf, moods } from './emoji-moods.ts'

test('emojis say the mood that people mean', () => {
  const meant = { '😂': 'happy', '🥰': 'love', '🎉': 'excitement', '🤔': 'thoughtful', '😢': 'sadness', '😡': 'anger', '😈': 'mischief', '🥑': 'other' }
  for (const [emoji, mood] of Object.entries(meant)) expect([emoji, moodOf(emoji)]).toEqual([emoji, mood])
})

test('the seven moods are shown in one order, and what is unknown last', () => {
  expect(moods).toEqual(['happy', 'love', 'excitement', 'thoughtful', 'sadness', 'anger', 'mischief', 'other'])
})

test('it makes no difference whether an emoji is drawn as text or as a picture', () => {
  for (const heart of ['❤', '❤\u{FE0F}']) expect(moodOf(heart)).toBe('love')
  for (const flames of ['❤\u{200D}🔥', '❤\u{FE0F}\u{200D}🔥']) expect(moodOf(flames)).toBe('love')
  for (const frown of ['☹', '☹\u{FE0F}']) expect(moodOf(frown)).toBe('sadness')
})

test('it makes no difference in which skin tone', () => {
  const tones = ['', '\u{1F3FB}', '\u{1F3FC}', '\u{1F3FD}', '\u{1F3FE}', '\u{1F3FF}']
  for (const tone of tones) expect([moodOf(`👍${tone}`), moodOf(`👎${tone}`), moodOf(`🤷${tone}\u{200D}♀\u{FE0F}`)]).toEqual(['happy', 'anger', 'thoughtful'])
})

test('any text has a mood, also one that is nothing but tone or a name of the language', () => {
  for (const text of ['\u{1F3FD}', '\u{FE0F}', '__proto__', 'constructor', ' ', 'happy']) expect(moodOf(text)).toBe('other')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => moods.includes(moodOf(text))))
})
