import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { limitInFlight } from './in-flight.ts'

const items = Array.from({ length: 40 }, (_, i) => i)

describe('a limit of tasks in flight', () => {
  test('holds over all callers together, and every task runs once', async () => {
    const inFlight = limitInFlight(3)
    const done: number[] = []
    let running = 0
    let most = 0
    const run = async (item: number): Promise<void> => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
      done.push(item)
    }
    await Promise.all([inFlight.each(items, run), inFlight.each(items, run), inFlight.each([], run)])
    expect(most).toBe(3)
    expect(done.sort((a, b) => a - b)).toEqual(items.flatMap((item) => [item, item]))
  })

  test('begins no further task after a failure, and frees its place', async () => {
    const inFlight = limitInFlight(2)
    const begun: number[] = []
    const failing = inFlight.each(items, async (item) => {
      begun.push(item)
      await sleep(1)
      if (item === 3) throw new Error('no 3')
    })
    await expect(failing).rejects.toThrow('no 3')
    expect(begun.length).toBeLessThan(7)
    await expect(inFlight.each(items, () => sleep(0))).resolves.toBeUndefined()
  })
})
