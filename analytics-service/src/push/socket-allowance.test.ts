import { expect, test } from 'vitest'
import { createAllowance } from './socket-allowance.ts'

function start(perSecond: number) {
  let now = 0
  const allowance = createAllowance({ perSecond, elapsed: () => now })
  return {
    take: (times: number) => Array.from({ length: times }, () => allowance.take()),
    wait: (ms: number) => void (now += ms),
  }
}

test('so many events at once are allowed, and as many again after a second', () => {
  const { take, wait } = start(3)
  expect(take(4)).toEqual(['allowed', 'allowed', 'allowed', 'refused'])
  wait(1000)
  expect(take(4)).toEqual(['allowed', 'allowed', 'allowed', 'refused'])
})

test('events at the rate are allowed for ever', () => {
  const { take, wait } = start(4)
  const taken = Array.from({ length: 100 }, () => (wait(250), take(1)[0]))
  expect(new Set(taken)).toEqual(new Set(['allowed']))
})

test('only the first of a row beyond the rate is told', () => {
  const { take } = start(2)
  expect(take(6)).toEqual(['allowed', 'allowed', 'refused', 'ignored', 'ignored', 'ignored'])
})

test('five seconds of events beyond the rate, without a pause, are a flood', () => {
  const { take, wait } = start(2)
  take(2 + 10)
  wait(600)
  expect(take(2)).toEqual(['allowed', 'flood'])
  wait(10_000)
  expect(take(3)).toEqual(['allowed', 'allowed', 'refused'])
})
