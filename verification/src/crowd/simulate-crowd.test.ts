import { moodOf } from '@twofold/core/views/emoji-moods.ts'
import { describe, expect, it } from 'vitest'
import { crowdMoods, emojisOfMood } from './crowd-moods.ts'
import { type CrowdEvent, type CrowdSettings, simulateCrowd } from './simulate-crowd.ts'

const settings: CrowdSettings = {
  seed: 7,
  rate: 1000,
  durationMs: 60_000,
  clients: 500,
  rooms: 4,
  videos: 10,
  startedAt: 1.8e12,
}

const crowd = (changes: Partial<CrowdSettings> = {}): CrowdEvent[] => [...simulateCrowd({ ...settings, ...changes })]
const tapsOf = (events: readonly CrowdEvent[]) => events.filter(({ topic }) => topic === 'reaction')

describe('the events of a crowd', () => {
  it('are the same for the same seed, and others for another', () => {
    const short = { durationMs: 2000 }
    expect(crowd(short)).toEqual(crowd(short))
    expect(crowd({ ...short, seed: 8 })).not.toEqual(crowd(short))
  })

  it('come at the rate asked for, a tenth of them likes, each with an id of its own and due in order', () => {
    const events = crowd({ rooms: 50, durationMs: 120_000, rate: 500 })
    expect(tapsOf(events).length / 60_000).toBeCloseTo(1, 1)
    expect(1 - tapsOf(events).length / events.length).toBeCloseTo(0.1, 2)
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(events.every(({ dueMs }, at) => at === 0 || dueMs >= events[at - 1]!.dueMs)).toBe(true)
    expect(new Set(events.map(({ topic, place }) => `${topic} ${place}`)).size).toBe(50 + 10)
  })

  it('happened when they are due', () => {
    for (const { payload, dueMs } of crowd({ durationMs: 500 })) {
      expect(Date.parse(String(payload.timestamp))).toBe(Math.floor(settings.startedAt + dueMs))
    }
  })

  it('keep a person in one room', () => {
    const roomOf = new Map<unknown, unknown>()
    for (const { payload } of tapsOf(crowd({ durationMs: 5000 }))) {
      expect(roomOf.get(payload.user_id) ?? payload.room).toBe(payload.room)
      roomOf.set(payload.user_id, payload.room)
    }
    expect(new Set(roomOf.values())).toEqual(new Set(['room-1', 'room-2', 'room-3', 'room-4']))
  })

  it('leave one person alone in each tenth room', () => {
    const peopleIn = new Map<unknown, Set<unknown>>()
    for (const { payload: { room, user_id } } of tapsOf(crowd({ rooms: 20, clients: 200 }))) {
      peopleIn.set(room, (peopleIn.get(room) ?? new Set()).add(user_id))
    }
    const quiet = [...peopleIn].filter(([, people]) => people.size === 1).map(([room]) => room)
    expect(new Set(quiet)).toEqual(new Set(['room-19', 'room-20']))
  })

  it('swing: now and then a room taps several times as often, most of it in one mood', () => {
    const seconds = new Map<number, string[]>()
    for (const { payload, dueMs } of tapsOf(crowd({ seed: 9, rooms: 1, rate: 200 }))) {
      const second = Math.floor(dueMs / 1000)
      seconds.set(second, [...(seconds.get(second) ?? []), moodOf(String(payload.emoji))])
    }
    const byCount = [...seconds.values()].sort((left, right) => right.length - left.length)
    const largestShare = (moods: readonly string[]): number =>
      Math.max(...crowdMoods.map((mood) => moods.filter((other) => other === mood).length)) / moods.length
    expect(byCount[0]!.length).toBeGreaterThan(2 * byCount.at(-10)!.length)
    expect(largestShare(byCount[0]!)).toBeGreaterThan(0.5)
    expect(largestShare(byCount.at(-10)!)).toBeLessThan(0.4)
  })
})

describe('the emojis of a crowd', () => {
  it.each(crowdMoods)('say %s to the mood view, too', (mood) => {
    expect(emojisOfMood[mood].map(moodOf)).toEqual(emojisOfMood[mood].map(() => mood))
  })
})
