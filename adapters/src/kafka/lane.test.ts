import { expect, test, vi } from 'vitest'
import type { LogConsumer, LogRecord } from '@twofold/core/ports/event-log.ts'
import { type Flow, Lane } from './lane.ts'
import { silentLogger } from './logging.ts'

const partition = { topic: 't', partition: 0 }

function records(from: number, count: number): LogRecord[] {
  const rest = { ...partition, timestamp: 1, key: null, value: null, headers: {} }
  return Array.from({ length: count }, (_, i) => ({ ...rest, offset: from + i }))
}

function setUp(given: Partial<LogConsumer> = {}) {
  const calls: string[] = []
  const consumer: LogConsumer = {
    open: async (...args) => {
      calls.push('open')
      return (await given.open?.(...args)) ?? 0
    },
    take: async (...args) => {
      calls.push(`take ${args[1].map(({ offset }) => offset).join(' ')}`)
      await given.take?.(...args)
    },
    release: async () => void calls.push('release'),
  }
  const flow = { pause: vi.fn<Flow['pause']>(), resume: vi.fn<Flow['resume']>(), seek: vi.fn<Flow['seek']>() }
  const lane = new Lane(partition, { consumer, flow, logger: silentLogger })
  const opened = () => expect.poll(() => flow.seek.mock.calls.length).toBeGreaterThan(0)
  return { calls, flow, lane, opened }
}

/** What the client does with a batch. */
function deliver(lane: Lane, from: number, count: number): boolean {
  const expected = lane.expects(from)
  if (expected) lane.push(records(from, count), from + count)
  return expected
}

test('a batch from elsewhere is dropped, and the client told where to read', async () => {
  const { calls, flow, lane, opened } = setUp({ open: async () => 5 })
  expect(deliver(lane, 5, 1)).toBe(false)
  await opened()
  expect(deliver(lane, 0, 3)).toBe(false)
  expect(flow.seek).toHaveBeenLastCalledWith(partition, 5)
  expect(deliver(lane, 5, 2)).toBe(true)
  expect(deliver(lane, 5, 2)).toBe(false)
  expect(flow.seek).toHaveBeenLastCalledWith(partition, 7)
  expect(deliver(lane, 7, 1)).toBe(true)
  await lane.close()
  expect(calls[0]).toBe('open')
  expect(calls.at(-1)).toBe('release')
})

test('offsets without a record are passed over', async () => {
  const { lane, opened } = setUp()
  await opened()
  lane.skip(0, 3)
  expect(lane.expects(4)).toBe(true)
  lane.skip(9, 12)
  expect(lane.expects(4)).toBe(true)
})

test('a slow take pauses the partition when the patience is over, until nothing waits', async () => {
  const { promise: permission, resolve: allow } = Promise.withResolvers<void>()
  const { calls, flow, lane, opened } = setUp({ take: () => permission })
  await opened()
  flow.resume.mockClear()
  deliver(lane, 0, 1)
  await lane.room(1_000)
  deliver(lane, 1, 1)
  await lane.room(20)
  expect(flow.pause).toHaveBeenCalledTimes(1)
  expect(calls).toEqual(['open', 'take 0'])
  allow()
  await expect.poll(() => calls).toEqual(['open', 'take 0', 'take 1'])
  expect(flow.resume).toHaveBeenCalledTimes(1)
})

test('after a rejoin the client hears where to go on, and whether to wait', async () => {
  const { flow, lane, opened } = setUp()
  lane.rejoined()
  expect(flow.pause).toHaveBeenCalledTimes(1)
  await opened()
  deliver(lane, 0, 3)
  lane.rejoined()
  expect(flow.seek).toHaveBeenLastCalledWith(partition, 3)
  expect(flow.resume).toHaveBeenCalledTimes(2)
})

test('a take that rejects, an open that rejects and a place that is gone all lead to another open', async () => {
  let failing = true
  const { calls, flow, lane, opened } = setUp({
    open: async () => {
      if (calls.length === 4) throw new Error('the store is down')
      return 0
    },
    take: async () => {
      if (failing) throw new Error('the store is down')
    },
  })
  await opened()
  deliver(lane, 0, 2)
  await expect.poll(() => calls).toEqual(['open', 'take 0 1', 'release', 'open', 'open'])
  failing = false
  await expect.poll(() => deliver(lane, 0, 1)).toBe(true)
  await expect.poll(() => calls.at(-1)).toBe('take 0')
  lane.reopen()
  expect(lane.expects(1)).toBe(false)
  await expect.poll(() => calls.slice(-2)).toEqual(['release', 'open'])
  expect(flow.pause).toHaveBeenCalled()
})

test('closing lets the running take end, drops what waits and releases', async () => {
  const { promise: permission, resolve: allow } = Promise.withResolvers<void>()
  const { calls, lane, opened } = setUp({ take: () => permission })
  await opened()
  deliver(lane, 0, 1)
  await expect.poll(() => calls).toContain('take 0')
  deliver(lane, 1, 1)
  const closed = lane.close()
  expect(calls).not.toContain('release')
  allow()
  await closed
  expect(calls).toEqual(['open', 'take 0', 'release'])
})

test('a lane that is closed before its open has answered still releases', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<number>()
  const { calls, flow, lane } = setUp({ open: () => answer })
  await expect.poll(() => calls).toEqual(['open'])
  const closed = lane.close()
  resolve(0)
  await closed
  expect(calls).toEqual(['open', 'release'])
  expect(flow.resume).not.toHaveBeenCalled()
})
