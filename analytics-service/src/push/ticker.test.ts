import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFakeFeed } from './fake-feed.test-kit.ts'
import { createTicker, type Tick } from './ticker.ts'
import type { Fault } from './warn-rarely.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A ticker whose ticks are noted with their times; each takes so long to publish. */
function start({ publishMs = 0 }: { publishMs?: number } = {}) {
  const feed = createFakeFeed(1)
  let busyMs = 0
  const published: [string, number][] = []
  const faults: Fault[] = []
  const ticker = createTicker({
    feed,
    elapsed: () => performance.now() + busyMs,
    onPublished: (view, durationMs) => published.push([view.name, Math.round(durationMs)]),
    onError: (fault) => faults.push(fault),
  })
  const startedAt = performance.now()
  const ticks: { atMs: number; tick: Tick }[] = []
  const listen = (view = emojiCount, window = '2s') =>
    ticker.listen(view, window, (tick) => {
      ticks.push({ atMs: Math.round(performance.now() - startedAt), tick })
      busyMs += publishMs
    })
  return { feed, ticker, ticks, listen, published, faults, times: () => ticks.map(({ atMs }) => atMs) }
}

test('the first change is told at once, later ones at most every 250 ms and together', async () => {
  const { feed, ticks, listen, times } = start()
  listen()
  for (let taps = 0; taps < 100; taps++) {
    feed.tap('a')
    await vi.advanceTimersByTimeAsync(10)
  }
  await vi.advanceTimersByTimeAsync(1000)
  expect(times()).toEqual([0, 250, 500, 750, 1000])
  expect(ticks.map(({ tick }) => tick.changes!.rows.map(({ value }) => value))).toEqual([[1], [25], [50], [75], [100]])
  expect(ticks.map(({ tick }) => tick.since)).toEqual([[0], ...ticks.slice(0, -1).map(({ tick }) => tick.position)])
})

test('the pause grows with what publishing takes, up to a second', async () => {
  for (const [publishMs, pauseMs] of [[50, 250], [200, 400], [900, 1000]] as const) {
    const { feed, listen, times } = start({ publishMs })
    listen()
    for (let taps = 0; taps < 300; taps++) {
      feed.tap('a')
      await vi.advanceTimersByTimeAsync(10)
    }
    // The fake clock stands still while a listener works, so that the pauses are all there is.
    const [first, second, third] = times()
    expect([first, second, third]).toEqual([0, pauseMs, 2 * pauseMs])
  }
})

test('moves that concern nobody are no ticks, unless one was asked for', async () => {
  const { feed, ticker, ticks, listen, published } = start()
  listen()
  feed.skip()
  await vi.advanceTimersByTimeAsync(1000)
  expect(ticks).toEqual([])
  ticker.ask(emojiCount, '2s')
  ticker.ask(likesByVideo, '1m')
  await vi.advanceTimersByTimeAsync(1000)
  expect(ticks.map(({ tick }) => tick)).toEqual([{ since: [1], position: [1], changes: { rows: [], corrections: [] } }])
  expect(published).toEqual([['emoji-count', 0]])
})

test('there is no timer while nothing moves, and none when nobody listens', async () => {
  const { feed, listen } = start()
  feed.tap('a')
  expect(vi.getTimerCount()).toBe(0)
  const stops = [listen(), listen(likesByVideo, '1m')]
  feed.tap('a')
  expect(vi.getTimerCount()).toBe(1)
  for (const stop of stops) stop()
  expect(vi.getTimerCount()).toBe(0)
  listen()
  await vi.advanceTimersByTimeAsync(1000)
  expect(vi.getTimerCount()).toBe(0)
})

test('listeners of a window share its ticks, and leave one by one', async () => {
  const { feed, ticks, listen } = start()
  const stops = [listen(), listen()]
  feed.tap('a')
  await vi.advanceTimersByTimeAsync(250)
  expect(ticks).toHaveLength(2)
  expect(ticks[0]!.tick).toBe(ticks[1]!.tick)
  stops[0]!()
  stops[0]!()
  feed.tap('a')
  await vi.advanceTimersByTimeAsync(250)
  expect(ticks).toHaveLength(3)
})

test('a feed that forgot, or stands before what was told, is told without changes', async () => {
  const { feed, ticks, listen } = start()
  listen()
  feed.forget()
  await vi.advanceTimersByTimeAsync(250)
  feed.tap('a')
  await vi.advanceTimersByTimeAsync(250)
  expect(ticks.map(({ tick }) => tick.changes?.rows.length)).toEqual([undefined, 1])
})

test('a feed that is not ready is waited for', async () => {
  const { feed, ticks, listen } = start()
  listen()
  feed.isReady = false
  feed.tap('a')
  await vi.advanceTimersByTimeAsync(1000)
  expect(ticks).toEqual([])
  feed.isReady = true
  await vi.advanceTimersByTimeAsync(250)
  expect(ticks).toHaveLength(1)
})

test('a listener that throws ends nothing: others are told, and at the next tick everybody begins anew', async () => {
  const { feed, ticker, ticks, listen, faults } = start()
  const error = new RangeError('Invalid time value')
  const throwOnce = vi.fn<(tick: Tick) => void>().mockImplementationOnce(() => {
    throw error
  })
  ticker.listen(emojiCount, '2s', throwOnce)
  listen()
  listen(likesByVideo, '1m')
  for (let taps = 0; taps < 3; taps++) {
    feed.tap('a')
    await vi.advanceTimersByTimeAsync(250)
  }
  expect(faults).toEqual([{ view: 'emoji-count', window: '2s', error }])
  expect(throwOnce.mock.calls.map(([{ changes }]) => changes?.rows.length)).toEqual([1, undefined, 1])
  expect(ticks.map(({ tick }) => tick.changes?.rows.length)).toEqual([1, 1, undefined, 1, 1, 1])
})

test('changes that can not be read are a tick without changes later, and keep no other window waiting', async () => {
  const { feed, ticks, listen, faults } = start()
  const { changesSince } = feed
  vi.spyOn(feed, 'changesSince').mockImplementation((view, ...rest) => {
    if (view === emojiCount) throw new Error('not to be had')
    return changesSince(view, ...rest)
  })
  listen()
  listen(likesByVideo, '1m')
  for (let taps = 0; taps < 2; taps++) {
    feed.tap('a')
    await vi.advanceTimersByTimeAsync(250)
  }
  expect(faults).toMatchObject([{ view: 'emoji-count' }])
  expect(ticks.map(({ tick }) => tick.changes?.rows.length)).toEqual([1, undefined, 1])
})
