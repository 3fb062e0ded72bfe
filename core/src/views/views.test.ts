import fc from 'fast-check'
import { expect, test } from 'vitest'
import { events } from '../events/index.ts'
import { foldLaws } from './fold-laws.contract.ts'
import { views } from './index.ts'
import { checked } from './resolutions.ts'

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })

/** Payloads as the schema of their topic hands them out. */
const payloadsOf: Readonly<Record<string, fc.Arbitrary<object>>> = {
  user: fc.record({ id: name, name }),
  reaction: fc.record(
    { user_id: name, emoji: fc.oneof(name, fc.constantFrom('😂', '❤️', '👍🏽', '😢')), room: fc.oneof(name, fc.constant('all')) },
    { requiredKeys: ['user_id', 'emoji'] },
  ),
  like: fc.record({ video_id: name }),
}

for (const view of views) {
  const payloads = payloadsOf[view.topic]
  if (payloads) foldLaws(`the view ${view.name}`, view.fold, payloads)
}

test('every view reads a topic of the system whose payloads are tried above', () => {
  const topics = new Set(events.map(({ topic }) => topic))
  for (const view of views) expect([topics.has(view.topic), view.topic in payloadsOf], view.name).toEqual([true, true])
})

test('every payload that is tried is one that its schema takes and leaves as it is', () => {
  for (const [topic, payloads] of Object.entries(payloadsOf)) {
    const { schema } = events.find((type) => type.topic === topic)!
    const law = fc.property(payloads, (payload) => {
      expect(schema.parse(payload)).toEqual(payload)
    })
    fc.assert(law)
  }
})

test('no two views share a name, and the steps of each nest', () => {
  expect(new Set(views.map((view) => view.name)).size).toBe(views.length)
  for (const { resolutions } of views) expect(checked(resolutions)).toBe(resolutions)
})
