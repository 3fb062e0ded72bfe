import { moodOf } from '@twofold/core/views/emoji-moods.ts'
import { mood, type ShownMoods } from '@twofold/core/views/mood.ts'
import { describe, expect, it } from 'vitest'
import { naiveMood, naiveMoodOf } from './naive-moods.ts'

describe('the naive moods', () => {
  it('are those of the view, for every character and the emojis that are several', () => {
    const several = ['❤\u{FE0F}', '❤\u{FE0F}\u{200D}🔥', '🤷🏽\u{200D}♀\u{FE0F}', '🤦\u{200D}♂\u{FE0F}', '👍🏿', ':-)', ':)', ':D', ';)', ';-)', ':(', ':-(', '<3', '🇳🇱', '😂😂', '']
    const characters = Array.from({ length: 0x1fb00 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
    const unlike = [...several, ...characters.map((code) => String.fromCodePoint(code))].filter((emoji) => naiveMoodOf(emoji) !== moodOf(emoji))
    expect(unlike).toEqual([])
  })

  it('compare the counts of what the view shows, and nothing else', () => {
    const around = { lengthMs: 2000, baseline: { state: [['anger', 50], ['happy', 9]], lengthMs: 300_000 } }
    const shown = mood.showing!.show([['happy', 3], ['love', 1]], around) as ShownMoods
    expect(Object.keys(shown.moods)).toEqual(['happy', 'love', 'anger'])
    expect(naiveMood.comparable!(shown)).toEqual(naiveMood.shown({ happy: 3, love: 1 }))
    for (const strange of [undefined, null, 5, 'x', {}]) expect(naiveMood.comparable!(strange)).toEqual({ count: undefined, moods: {} })
  })

  it('accept what lies between what is certain and what is possible, mood by mood', () => {
    const isBetween = (moods: object, count: number): boolean => naiveMood.isBetween({ happy: 2 }, { happy: 4, love: 1 }, { count, moods })
    expect([isBetween({ happy: 2 }, 2), isBetween({ happy: 3, love: 1 }, 4), isBetween({ happy: 4, love: 1 }, 5)]).toEqual([true, true, true])
    const wrong = [isBetween({ happy: 1 }, 1), isBetween({ happy: 5 }, 5), isBetween({ happy: 2, love: 2 }, 4), isBetween({ happy: 2, anger: 1 }, 3), isBetween({ happy: 2 }, 3)]
    expect(wrong).toEqual([false, false, false, false, false])
  })
})
