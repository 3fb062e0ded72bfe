import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Event } from '../events/event.ts'
import { reactions } from '../events/reaction.ts'
import type { Cell } from '../ports/counter-store.ts'
import { createAccumulator } from './accumulator.ts'
import { count } from './folds.ts'
import { ladders, times } from './ladders.contract.ts'
import { levelOf, type Resolutions, untilOf } from './resolutions.ts'
import { createSliceFolder } from './slice-folder.ts'
import { maxKeyLength, type View, view } from './view.ts'

const settings = { sliceMs: 1000, dedupHorizonMs: 5000 }
const keys = fc.constantFrom('a', 'A', '🙃', 'skipped', 'x'.repeat(maxKeyLength), 'x'.repeat(maxKeyLength + 1))
const counted = (key: string): boolean => key !== 'skipped' && key.length <= maxKeyLength

const events: fc.Arbitrary<Event[]> = fc
  .array(fc.record({ key: keys, occurredAt: times, later: fc.nat({ max: 700 }) }), { maxLength: 60 })
  .map((facts) => {
    let appendedAt = 1_000
    return facts.map(({ key, occurredAt, later }, offset) => {
      appendedAt += later
      return { id: `${offset}`, payload: { emoji: key }, occurredAt, appendedAt, partition: 1, offset }
    })
  })

const keyOf = ({ payload }: Event): string => (payload as { emoji: string }).emoji

function countOf(resolutions: Resolutions): View {
  const skip = (key: string): string | undefined => (key === 'skipped' ? undefined : key)
  return view({
    name: 'count',
    description: '',
    version: 1,
    reads: reactions,
    keyOf: ({ emoji }) => skip(emoji),
    bucket: resolutions,
    fold: count(),
  })
}

test('the sum over the buckets of a key is its total, and each bucket counts what happened in it', () => {
  const law = fc.property(ladders, events, times, (ladder, all, asOf) => {
    const accumulator = createAccumulator(countOf(ladder))
    for (const event of all) accumulator.add(event, asOf)
    const groups = [...accumulator.groups()]
    for (const key of new Set(all.map(keyOf))) {
      const total = groups.filter((group) => group.key === key).reduce((sum, { state }) => sum + Number(state), 0)
      expect(total).toBe(counted(key) ? all.filter((event) => keyOf(event) === key).length : 0)
    }
    for (const { key, state, ...bucket } of groups) {
      const isInside = (event: Event): boolean =>
        levelOf(ladder, event.occurredAt, asOf) === ladder.length
          ? bucket.stepMs === 0
          : bucket.stepMs > 0 && event.occurredAt >= bucket.from && event.occurredAt < untilOf(bucket)
      expect(state).toBe(all.filter((event) => keyOf(event) === key && isInside(event)).length)
    }
  })
  fc.assert(law)
})

test('cells hold, slice by slice, everything up to the offset that they name, however often they are taken', () => {
  const law = fc.property(ladders, events, fc.infiniteStream(fc.boolean()), (ladder, all, takes) => {
    const folder = createSliceFolder(countOf(ladder), 1, settings)
    const held = new Map<string, Cell>()
    const take = (): void => {
      for (const cell of folder.takeChanges()) held.set(`${cell.slice} ${cell.key} ${cell.stepMs} ${cell.from}`, cell)
    }
    for (const event of all) {
      folder.fold(event)
      if (takes.next().value) take()
    }
    take()
    expect([...held.values()].reduce((sum, { state }) => sum + Number(state), 0)).toBe(
      all.filter((event) => counted(keyOf(event))).length,
    )
    for (const cell of held.values()) expect(cell.state).toBe(String(countUpTo(cell, ladder, all)))
  })
  fc.assert(law)
})

function countUpTo({ slice, key, stepMs, from, offset }: Cell, ladder: Resolutions, all: readonly Event[]): number {
  return all.filter((event) => {
    const level = levelOf(ladder, event.occurredAt, event.appendedAt)
    const isInBucket =
      (ladder[level]?.stepMs ?? 0) === stepMs &&
      (stepMs === 0 || Math.floor(event.occurredAt / stepMs) * stepMs === from)
    const isInSlice = event.appendedAt >= slice && event.appendedAt < slice + settings.sliceMs
    return keyOf(event) === key && isInBucket && isInSlice && event.offset <= offset
  }).length
}
