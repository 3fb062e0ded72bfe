import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { describe, expect, it } from 'vitest'
import { createLagMeter } from './lag-meter.ts'

describe('the lag meter', () => {
  it('counts from the first look at which the end had passed the reader', async () => {
    const { meter, grow, wait } = setUp()
    await wait(0)
    grow(10)
    await wait(500)
    await wait(500)
    expect(meter.lagsOf('user', () => ({ nextOffset: 10, appendedAt: 0 }))).toEqual([{ partition: 0, lagMs: 0, isForgotten: false }])
    expect(meter.lagsOf('user', () => ({ nextOffset: 9, appendedAt: 0 }))).toEqual([{ partition: 0, lagMs: 500, isForgotten: false }])
    grow(5)
    await wait(500)
    expect(meter.lagsOf('user', () => ({ nextOffset: 10, appendedAt: 0 }))).toEqual([{ partition: 0, lagMs: 0, isForgotten: false }])
    expect(meter.lagsOf('user', () => ({ nextOffset: 9, appendedAt: 0 }))).toEqual([{ partition: 0, lagMs: 1000, isForgotten: false }])
  })

  it('does not know how long a partition that nobody read has waited before the first look', async () => {
    const { meter, grow, wait } = setUp()
    grow(1)
    await wait(700)
    expect(meter.lagsOf('user', () => undefined)).toEqual([{ partition: 0, lagMs: null, isForgotten: false }])
    expect(meter.lagsOf('user', () => ({ nextOffset: 0, appendedAt: 0 }))).toMatchObject([{ lagMs: null }])
  })

  it('tells a log that ends before what was read, once it was asked after that', async () => {
    const { meter, wait } = setUp(0, 3)
    await wait(0)
    const reader = () => ({ nextOffset: 10, appendedAt: 1000 })
    expect(meter.lagsOf('user', reader)).toMatchObject([{ isForgotten: false }])
    await wait(500)
    expect(meter.lagsOf('user', reader)).toMatchObject([{ isForgotten: true }])
  })

  it('is not deceived by a clock that steps back', async () => {
    const { meter, grow, wait, stepBack } = setUp(3_600_000)
    await wait(0)
    grow(5)
    await wait(500)
    stepBack(3_600_000)
    for (let at = 0; at < 40; at++) await wait(500)
    expect(meter.lagsOf('user', () => ({ nextOffset: 0, appendedAt: 3_599_000 }))).toMatchObject([{ lagMs: 20_000 }])
  })

  it('takes what it finds at its first look as old as the newest record that was read', async () => {
    const { meter, grow, wait } = setUp()
    await wait(60_000)
    grow(3)
    const { meter: late, wait: waitLate } = setUp(60_000, 3)
    await waitLate(0)
    expect(late.lagsOf('user', () => ({ nextOffset: 2, appendedAt: 50_000 }))).toEqual([{ partition: 0, lagMs: 10_000, isForgotten: false }])
    await wait(500)
    expect(meter.lagsOf('user', () => ({ nextOffset: 2, appendedAt: 50_000 }))).toEqual([{ partition: 0, lagMs: 0, isForgotten: false }])
  })

  it('knows nothing once the log could not be read for a while', async () => {
    const { meter, breakLog, wait } = setUp()
    await wait(0)
    breakLog()
    await wait(2000)
    expect(meter.lagsOf('user', () => ({ nextOffset: 0, appendedAt: 0 }))).not.toBeNull()
    await wait(2000)
    expect(meter.lagsOf('user', () => ({ nextOffset: 0, appendedAt: 0 }))).toBeNull()
  })
})

function setUp(startsAt = 0, endsAt = 0) {
  let [now, elapsed, end, isBroken] = [startsAt, startsAt, endsAt, false]
  const readBounds = async () => {
    if (isBroken) throw new Error('no log')
    return [{ partition: 0, begin: 0, end }]
  }
  const meter = createLagMeter({ log: { readBounds } as unknown as EventLog, topics: ['user'], clock: { now: () => now, elapsed: () => elapsed }, sampleMs: 500 })
  return {
    meter,
    grow: (by: number) => void (end += by),
    stepBack: (byMs: number) => void (now -= byMs),
    breakLog: () => void (isBroken = true),
    wait: async (durationMs: number) => {
      now += durationMs
      elapsed += durationMs
      await meter.sample()
    },
  }
}
