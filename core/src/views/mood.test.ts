import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Event } from '../events/event.ts'
import { type Reaction, reactions } from '../events/reaction.ts'
import { createAccumulator } from './accumulator.ts'
import { moods } from './emoji-moods.ts'
import type { Counts } from './folds.ts'
import { mood, type ShownMoods } from './mood.ts'
import { type Around, keysOfEvent } from './view.ts'

const rooms = fc.option(fc.constantFrom('all', 'match 7', 'match 8', 'All', '__proto__'), { nil: undefined })
const taps = fc.record({ emoji: fc.constantFrom('😂', '❤️', '👍🏽', '🥑', '😢', '😡'), room: rooms, occurredAt: fc.nat({ max: 9999 }) })

function eventsOf(facts: readonly { emoji: string; room: string | undefined; occurredAt: number }[]): Event<Reaction>[] {
  return facts.map(({ emoji, room, occurredAt }, offset) => {
    const payload = reactions.schema.parse({ user_id: 'u', emoji, ...(room === undefined ? {} : { room }) })
    return { id: `${offset}`, payload, occurredAt, appendedAt: 20_000, partition: 0, offset }
  })
}

/** What was counted of each room and bucket. */
function countOf(events: readonly Event<Reaction>[]): { key: string; from: number; moods: Readonly<Record<string, number>> }[] {
  const accumulator = createAccumulator(mood)
  for (const event of events) accumulator.add(event, event.appendedAt)
  return [...accumulator.groups()].map(({ key, from, state }) => ({ key, from, moods: mood.fold.valueOf(state) as Record<string, number> }))
}

const sumOf = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0)
const show = (state: Counts, around: Around): ShownMoods => mood.showing!.show(state, around) as ShownMoods

describe('the rooms of a reaction', () => {
  const keysOf = (room?: string): unknown => keysOfEvent(mood, eventsOf([{ emoji: '😂', room, occurredAt: 0 }])[0]!)

  it('are everybody, and its own one if it has one', () => {
    expect([keysOf(), keysOf('match 7'), keysOf('All')]).toEqual(['all', ['all', 'match 7'], ['all', 'All']])
  })

  it('are everybody once where its room is called that', () => {
    expect(keysOf('all')).toBe('all')
  })

  it('add up: everybody is all reactions, each room its own, in every bucket', () => {
    const law = fc.property(fc.array(taps, { maxLength: 60 }), (facts) => {
      const rows = countOf(eventsOf(facts))
      for (const { key, from, moods: counts } of rows) {
        const own = facts.filter((fact) => (key === 'all' || fact.room === key) && Math.floor(fact.occurredAt / 2000) * 2000 === from)
        expect(sumOf(counts)).toBe(own.length)
      }
      const roomless = facts.filter(({ room }) => room === undefined || room === 'all').length
      const inRooms = rows.filter(({ key }) => key !== 'all').reduce((sum, row) => sum + sumOf(row.moods), 0)
      const everybody = rows.filter(({ key }) => key === 'all').reduce((sum, row) => sum + sumOf(row.moods), 0)
      expect([everybody, inRooms + roomless]).toEqual([facts.length, facts.length])
    })
    fc.assert(law)
  })
})

describe('the mood that is shown', () => {
  const window = { lengthMs: 2000, baseline: null }

  it('says of each mood its count, share and rate, and nothing of what it can not compare', () => {
    const laughter = { count: 2, share: 0.6667, rate: 1, intensity: null, level: null }
    const sadness = { count: 1, share: 0.3333, rate: 0.5, intensity: null, level: null }
    expect(show([['happy', 2], ['sadness', 1]], window)).toEqual({ count: 3, rate: 1.5, moods: { happy: laughter, sadness } })
    expect(show([['happy', 3]], { lengthMs: null, baseline: null })).toMatchObject({ count: 3, rate: null, moods: { happy: { rate: null, intensity: null } } })
  })

  it('tells lots of laughter and a little sadness from the same as ever', () => {
    const baseline = { state: [['happy', 300], ['sadness', 300]], lengthMs: 300_000 }
    const burst = show([['happy', 30], ['sadness', 3]], { lengthMs: 2000, baseline }).moods
    expect(burst).toMatchObject({ happy: { level: 'strong' }, sadness: { level: 'usual' } })
    expect(burst['happy']!.intensity).toBeGreaterThan(6)
    expect(show([['happy', 2], ['sadness', 2]], { lengthMs: 2000, baseline }).moods).toMatchObject({ happy: { level: 'usual', intensity: 0 }, sadness: { level: 'usual' } })
  })

  it('shows a mood that went away, in the order of the table', () => {
    const baseline = { state: [['anger', 3000], ['happy', 3000]], lengthMs: 300_000 }
    const { moods: shown } = show([['other', 20], ['happy', 20]], { lengthMs: 2000, baseline })
    expect(Object.keys(shown)).toEqual(['happy', 'anger', 'other'])
    expect(shown['anger']).toMatchObject({ count: 0, share: 0, rate: 0, level: 'quiet' })
    expect(shown['other']).toMatchObject({ level: 'strong' })
  })

  it('is of counts of any size', () => {
    const state: Counts = [['happy', '9007199254740993'], ['love', '9007199254740993']]
    const shown = show(state, { lengthMs: 2000, baseline: { state, lengthMs: 300_000 } })
    expect(shown).toMatchObject({ count: '18014398509481986', moods: { happy: { count: '9007199254740993', share: 0.5, level: 'strong' } } })
    expect(show([], window)).toEqual({ count: 0, rate: 0, moods: {} })
  })

  it('can be written as JSON and says the same, with shares that are one together', () => {
    const counts = fc.uniqueArray(fc.tuple(fc.constantFrom(...moods), fc.integer({ min: 1, max: 1e6 })), { selector: ([name]) => name })
    const around = fc.record({ lengthMs: fc.constantFrom(2000, 60_000), state: counts, beforeMs: fc.constantFrom(2000, 300_000) })
    const law = fc.property(counts, around, (state, { lengthMs, state: before, beforeMs }) => {
      const shown = show(state, { lengthMs, baseline: { state: before, lengthMs: beforeMs } })
      expect(JSON.parse(JSON.stringify(shown))).toEqual(shown)
      const shares = Object.values(shown.moods).reduce((sum, { share }) => sum + share, 0)
      expect(shares).toBeCloseTo(state.length === 0 ? 0 : 1, 3)
      for (const { intensity, level } of Object.values(shown.moods)) {
        expect(level).toBe(intensity! < -2 ? 'quiet' : intensity! <= 2 ? 'usual' : intensity! <= 4 ? 'raised' : 'strong')
      }
    })
    fc.assert(law)
  })
})
