import { expect, test } from 'vitest'
import { playHistories } from './simulation/play-histories.ts'
import { saboteurs } from './simulation/saboteurs.ts'

/** The rarest of them shows in one history of twenty. */
const most = 300

test.each(Object.entries(saboteurs))('%s is found out', { timeout: 600_000 }, async (_, sabotage) => {
  const { faults } = await playHistories(most, sabotage, 1)
  expect(faults).toHaveLength(1)
})

test('a saboteur who breaks nothing is not accused', { timeout: 600_000 }, async () => {
  expect((await playHistories(20, { work: (work) => work })).faults).toEqual([])
})
