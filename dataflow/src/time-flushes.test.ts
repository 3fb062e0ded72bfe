import { expect, test } from 'vitest'
import type { PartitionWork } from './partition-work.ts'
import { timeFlushes } from './time-flushes.ts'

test('tells how long an attempt to store took, and which one failed', async () => {
  let now = 0
  const told: (number | 'failed')[] = []
  const outcomes = ['down', 'stored']
  const work: PartitionWork = {
    start: { nextOffset: 3, appendedAt: 0 },
    fold: () => undefined,
    flush: () => async () => {
      now += 40
      if (outcomes.shift() === 'down') throw new Error('down')
    },
  }
  const timed = timeFlushes(work, { elapsed: () => now, onFlushed: (ms) => told.push(ms), onFlushFailed: () => told.push('failed') })
  expect(timed.start).toBe(work.start)
  const store = timed.flush({ nextOffset: 4, appendedAt: 1 })
  await expect(store()).rejects.toThrow('down')
  await store()
  expect(told).toEqual(['failed', 40])
})
