import type { Message } from 'kafkajs'
import { expect, test } from 'vitest'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { AppendedRecord, NewRecord } from '@twofold/core/ports/event-log.ts'
import { AppendQueue, type QueueLimits, type Send } from './append-queue.ts'

const limits: QueueLimits = { maxQueuedBytes: 100_000, maxSendBytes: 10_000, maxSendRecords: 100, timeoutMs: 1_000 }

function record(value: string): NewRecord {
  return { key: null, value, headers: {} }
}

function recordTo(partition: number, value: string): NewRecord {
  return { ...record(value), partition }
}

function records(count: number, prefix = ''): NewRecord[] {
  return Array.from({ length: count }, (_, i) => record(`${prefix}${i}`))
}

/** A log in memory with one partition. */
function createLog(answer: Send = async () => []) {
  const sent: string[][] = []
  let end = 0
  const send: Send = async (topic, messages) => {
    sent.push(messages.map(({ value }) => String(value)))
    await answer(topic, messages)
    return messages.map((): AppendedRecord => ({ partition: 0, offset: end++, appendedAt: 1 }))
  }
  return { sent, send }
}

test('what is appended at once goes in one request, what is appended meanwhile in the next', async () => {
  const { promise: permission, resolve: allow } = Promise.withResolvers<never[]>()
  const { sent, send } = createLog(() => permission)
  const queue = new AppendQueue(send, limits)
  const first = [queue.append('t', [record('a')]), queue.append('t', [record('b')])]
  await expect.poll(() => sent).toEqual([['a', 'b']])
  const later = ['c', 'd', 'e'].map((value) => queue.append('t', [record(value)]))
  allow([])
  const places = await Promise.all([...first, ...later])
  expect(sent).toEqual([['a', 'b'], ['c', 'd', 'e']])
  expect(places.flat().map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
})

test('topics do not wait for each other', async () => {
  const { sent, send } = createLog((topic) => (topic === 'slow' ? new Promise(() => {}) : Promise.resolve([])))
  const queue = new AppendQueue(send, { ...limits, timeoutMs: 50 })
  const slow = queue.append('slow', [record('a')])
  await queue.append('quick', [record('b')])
  expect(sent).toEqual([['a'], ['b']])
  await expect(slow).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
})

test('a long call is sent in pieces, one after the other, and answered in its order', async () => {
  const { sent, send } = createLog()
  const places = await new AppendQueue(send, limits).append('t', records(250))
  expect(sent.map(({ length }) => length)).toEqual([100, 100, 50])
  expect(places.map(({ offset }) => offset)).toEqual(Array.from({ length: 250 }, (_, i) => i))
})

test('a request stays below its bytes, but a record that is larger goes alone', async () => {
  const { sent, send } = createLog()
  const values = ['a'.repeat(6_000), 'b'.repeat(6_000), 'c'.repeat(20_000), 'd', 'e']
  await new AppendQueue(send, limits).append('t', values.map(record))
  expect(sent.map((request) => request.map((value) => value[0]))).toEqual([['a'], ['b'], ['c'], ['d', 'e']])
})

test('bytes that are no Buffer are sent as bytes', async () => {
  const seen: Message[] = []
  const queue = new AppendQueue(async (_, messages) => {
    seen.push(...messages)
    return messages.map(() => ({ partition: 0, offset: 0, appendedAt: 1 }))
  }, limits)
  await queue.append('t', [{ ...record(''), value: new Uint8Array([0, 1, 2, 3]).subarray(1, 3) }])
  expect(seen[0]?.value).toEqual(Buffer.from([1, 2]))
})

test('a failure that may pass is tried again', async () => {
  let failures = 2
  const { sent, send } = createLog(async () => {
    if (failures-- > 0) throw new Error('the broker restarts')
    return []
  })
  expect(await new AppendQueue(send, limits).append('t', [record('a')])).toHaveLength(1)
  expect(sent).toEqual([['a'], ['a'], ['a']])
})

test('when the time is over the call rejects with the last failure, and is not sent again', async () => {
  const { sent, send } = createLog(() => Promise.reject(new Error('the broker is down')))
  const queue = new AppendQueue(send, { ...limits, timeoutMs: 150 })
  const error = await queue.append('t', [record('a')]).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE', retriable: true })
  expect((error as Error).message).toMatch(/may or may not be stored: the broker is down/)
  const tries = sent.length
  await queue.drain()
  expect(sent).toHaveLength(tries)
})

test('a refused record fails its call alone', async () => {
  const { send } = createLog(async (_, messages) => {
    if (messages.some(({ value }) => value === 'bad')) throw new TwofoldError('LIMIT_EXCEEDED', 'too large')
    return []
  })
  const queue = new AppendQueue(send, limits)
  const calls = ['a', 'bad', 'c'].map((value) => queue.append('t', [record(value)]))
  const outcomes = await Promise.allSettled(calls)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test.each<[string, NewRecord[], string]>([
  ['first part', [record('bad'), ...records(150)], 'LIMIT_EXCEEDED'],
  ['second part', [...records(150), record('bad')], 'LOG_UNAVAILABLE'],
  ['only part, to one partition', [recordTo(1, 'a'), recordTo(1, 'bad')], 'LIMIT_EXCEEDED'],
  ['only part, to two partitions', [recordTo(0, 'a'), recordTo(1, 'bad')], 'LOG_UNAVAILABLE'],
])('a call whose %s is too large says so only if nothing of it is stored', async (_part, given, code) => {
  const { sent, send } = createLog(async (_topic, messages) => {
    if (messages.some(({ value }) => value === 'bad')) throw new TwofoldError('LIMIT_EXCEEDED', 'too large')
    return []
  })
  const error = await new AppendQueue(send, limits).append('t', given).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code, message: expect.stringContaining('too large') })
  if (code === 'LOG_UNAVAILABLE') expect((error as Error).message).toMatch(/may or may not be stored/)
  expect(sent.filter((request) => request.includes('bad'))).toHaveLength(1)
})

test('more bytes than may wait are refused at once, and fit again when others are answered', async () => {
  const { send } = createLog()
  const queue = new AppendQueue(send, { ...limits, maxQueuedBytes: 1_000 })
  const first = queue.append('t', [record('x'.repeat(700))])
  await expect(queue.append('u', [record('y'.repeat(700))])).rejects.toMatchObject({ code: 'QUEUE_FULL' })
  await first
  await queue.append('u', [record('y'.repeat(700))])
  await expect(queue.append('t', records(100))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
})
