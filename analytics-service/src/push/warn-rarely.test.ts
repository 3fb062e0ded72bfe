import { expect, test, vi } from 'vitest'
import { warnRarely } from './warn-rarely.ts'

test('what fails at every tick is warned of once a minute, and each window and each fault by itself', () => {
  let now = 0
  const warn = vi.fn<(message: string, fields?: object) => void>()
  const tell = warnRarely({ logger: { warn }, elapsed: () => now })
  const fault = { view: 'likes', window: '1m', error: new RangeError('x') }
  for (now = 0; now < 120_000; now += 250) tell('it failed', fault)
  expect(warn.mock.calls).toEqual([['it failed', fault], ['it failed', fault]])
  tell('it failed', { ...fault, window: '5m' })
  tell('it failed otherwise', fault)
  expect(warn).toHaveBeenCalledTimes(4)
})
