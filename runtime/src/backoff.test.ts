import { TwofoldError } from '@twofold/core/errors.ts'
import { expect, test } from 'vitest'
import { retry } from './backoff.ts'

const away = () => new TwofoldError('STORE_UNAVAILABLE', 'the row store is away')

function failing(times: number, error: () => Error) {
  let calls = 0
  return async () => {
    calls += 1
    if (calls <= times) throw error()
    return calls
  }
}

test('a retriable failure is tried again until it succeeds, with delays that double up to a limit', async () => {
  const delays: number[] = []
  const result = await retry(failing(5, away), {
    minMs: 100,
    maxMs: 1000,
    random: () => 1,
    sleep: async (ms) => void delays.push(ms),
  })
  expect(result).toBe(6)
  expect(delays).toEqual([100, 200, 400, 800, 1000])
})

test('the delay is a random part of the limit, down to nothing', async () => {
  const delays: number[] = []
  const draws = [0, 0.5, 0.25]
  const random = () => draws.shift() ?? 0
  await retry(failing(3, away), { minMs: 100, maxMs: 1000, random, sleep: async (ms) => void delays.push(ms) })
  expect(delays).toEqual([0, 100, 100])
})

test('a failure for good is thrown at once', async () => {
  const refused = new TwofoldError('INVALID_EVENT', 'no emoji')
  const action = failing(1, () => refused)
  await expect(retry(action, { minMs: 1, maxMs: 1 })).rejects.toBe(refused)
})

test('the caller may say what is worth retrying and hears of every attempt', async () => {
  const heard: unknown[] = []
  const result = await retry(
    failing(2, () => new Error('odd')),
    {
      minMs: 1,
      maxMs: 1,
      random: () => 0,
      isRetriable: () => true,
      onRetry: ({ attempt, error }) => heard.push([attempt, String(error)]),
    },
  )
  expect(result).toBe(3)
  expect(heard).toEqual([[0, 'Error: odd'], [1, 'Error: odd']])
})

test('an abort ends a long wait at once with the reason given', async () => {
  const stop = new AbortController()
  const waiting = retry(failing(9, away), { minMs: 60_000, maxMs: 60_000, random: () => 1, signal: stop.signal })
  setTimeout(() => stop.abort(new TwofoldError('CLOSED', 'stopping')), 10)
  await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
})

test('an action is not started once the signal is aborted', async () => {
  let calls = 0
  const action = async () => void (calls += 1)
  const signal = AbortSignal.abort(new Error('stopping'))
  await expect(retry(action, { minMs: 1, maxMs: 1, signal })).rejects.toThrow('stopping')
  expect(calls).toBe(0)
})
