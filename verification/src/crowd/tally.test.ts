import { describe, expect, it } from 'vitest'
import { joinPeriods } from './add-reports.ts'
import { createScreen } from './screen.ts'
import { createTally, type Tally } from './tally.ts'
import type { ShownWindow } from './watched-window.ts'

const start = 1_800_000_000_000

const shownOf = (tally: Tally, count: number, isFinal = false): ShownWindow =>
  ({ window: tally.window('mood', 'room-1', start), count, isFinal })

function tallyOf(sentAt: readonly number[]): Tally {
  const tally = createTally(10_000)
  for (const at of sentAt) tally.noteSent('mood', ['room-1'], start + at)
  tally.watch('mood', 'room-1')
  return tally
}

describe('the time from a tap to a screen', () => {
  it('is that of every tap that a frame brought, on every screen', () => {
    const tally = tallyOf([100, 200, 300])
    tally.watch('mood', 'room-1')
    const [near, far] = [createScreen(), createScreen()]
    near.show(shownOf(tally, 2), start + 400)
    near.show(shownOf(tally, 3), start + 500)
    far.show(shownOf(tally, 3, true), start + 1300)
    tally.settle(start + 2000)
    // 300 and 200, then 200; and 1200, 1100, 1000.
    expect(tally.latencies('mood')).toEqual([[start, [200, 2, 300, 1, 1000, 1, 1100, 1, 1200, 1]]])
    expect(joinPeriods(tally.latencies('mood')).percentiles()).toEqual({ p50: 300, p95: 1200, p99: 1200, max: 1200 })
  })

  it('waits for word of the taps, which are then in the order in which they were due', () => {
    const tally = tallyOf([300])
    createScreen().show(shownOf(tally, 2), start + 400)
    tally.noteSent('mood', ['room-1'], start + 100)
    tally.settle(start + 1999)
    expect(tally.latencies('mood')).toEqual([])
    tally.settle(start + 2000)
    expect(tally.latencies('mood')).toEqual([[start, [100, 1, 300, 1]]])
  })

  it('is not that of taps which were there before the subscriber came', () => {
    const tally = tallyOf([100, 200])
    const screen = createScreen()
    screen.begin(shownOf(tally, 1))
    screen.show(shownOf(tally, 2), start + 300)
    tally.settle(start + 2000)
    expect(tally.latencies('mood')).toEqual([[start, [100, 1]]])
  })

  it('is told apart where a tap was alone in its window', () => {
    const tally = tallyOf([100, 2100, 2200])
    const screen = createScreen()
    screen.show(shownOf(tally, 1), start + 400)
    screen.show({ window: tally.window('mood', 'room-1', start + 2000), count: 2, isFinal: false }, start + 2500)
    tally.settle(start + 4000)
    expect(tally.lonely('mood')).toEqual([300, 1])
    expect(joinPeriods(tally.latencies('mood')).count).toBe(3)
  })

  it('does not count what is shown again, and says when more is shown than was sent', () => {
    const tally = tallyOf([100])
    const screen = createScreen()
    for (const at of [200, 300]) screen.show(shownOf(tally, 1), start + at)
    screen.show(shownOf(tally, 3), start + 400)
    tally.settle(start + 2000)
    expect(tally.latencies('mood')).toEqual([[start, [100, 1]]])
    expect(tally.unknown).toBe(2)
  })
})

describe('the comparison of screens and what was acknowledged', () => {
  it('is of the last count on every screen, and of finality', () => {
    const tally = tallyOf([100, 200])
    tally.watch('mood', 'room-1')
    const [near, far] = [createScreen(), createScreen()]
    expect(tally.compare('mood', start)).toMatchObject({ windows: 1, differing: 1, open: 1 })
    for (const screen of [near, far]) screen.show(shownOf(tally, 2), start + 500)
    near.show(shownOf(tally, 2, true), start + 2500)
    expect(tally.compare('mood', start)).toEqual({ windows: 1, differing: 0, open: 1 })
    far.show(shownOf(tally, 2, true), start + 2500)
    expect(tally.compare('mood', start)).toEqual({ windows: 1, differing: 0, open: 0 })
    far.show(shownOf(tally, 3, true), start + 2600)
    expect(tally.compare('mood', start).first).toBe(
      'mood of room-1 from 2027-01-15T08:00:00.000Z: 2 acknowledged, shown 2 on 1, 3 on 1 of 2 screens',
    )
  })

  it('leaves out what ended before, and what nobody watches', () => {
    const tally = tallyOf([100])
    tally.noteSent('mood', ['room-2'], start + 4000)
    expect(tally.compare('mood', start + 2000)).toEqual({ windows: 0, differing: 0, open: 0 })
  })
})
