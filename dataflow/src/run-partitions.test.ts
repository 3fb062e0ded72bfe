import { setTimeout as sleep } from 'node:timers/promises'
import { isRetriable, TwofoldError } from '@twofold/core/errors.ts'
import type { EventLog, LogConsumer, LogRecord, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { encodeTick } from '@twofold/core/slices/tick.ts'
import { describe, expect, it } from 'vitest'
import type { Progress } from './partition-work.ts'
import { type PartitionsOptions, runPartitions } from './run-partitions.ts'

const partition = { topic: 'user', partition: 0 }

describe('the loop over partitions', () => {
  it('stamps records with the running maximum, leaves ticks out, and covers both with its progress', async () => {
    const { consumer, folded, flushed } = await start()
    await consumer.open(partition)
    await consumer.take(partition, [record(0, 1000), record(1, 900), tick(2, 2000), record(3, 1500)])
    expect(folded).toEqual([[0, 1000], [1, 1000], [3, 2000]])
    expect(flushed).toEqual([{ nextOffset: 4, appendedAt: 2000 }])
  })

  it('flushes once, a while after the first change', async () => {
    const { consumer, flushed } = await start({ flushMs: 20 })
    await consumer.open(partition)
    for (let offset = 0; offset < 5; offset++) await consumer.take(partition, [record(offset, offset)])
    expect(flushed).toEqual([])
    await sleep(60)
    expect(flushed).toEqual([{ nextOffset: 5, appendedAt: 4 }])
  })

  it('reads no further than what may wait for a flush', async () => {
    const { consumer, flushed } = await start({ flushMs: 60_000, maxPending: 3 })
    await consumer.open(partition)
    await consumer.take(partition, [record(0, 0), record(1, 1)])
    expect(flushed).toEqual([])
    await consumer.take(partition, [record(2, 2)])
    expect(flushed).toEqual([{ nextOffset: 3, appendedAt: 2 }])
  })

  it('flushes what it holds when a partition moves', async () => {
    const { consumer, flushed } = await start({ flushMs: 60_000 })
    await consumer.open(partition)
    await consumer.take(partition, [record(0, 7)])
    await consumer.release(partition)
    expect(flushed).toEqual([{ nextOffset: 1, appendedAt: 7 }])
  })

  it('tells that a partition was released once its last flush is over', async () => {
    const told: string[] = []
    const onFlush = ({ topic }: TopicPartition, { nextOffset }: Progress): void => void told.push(`${topic} flushed ${nextOffset}`)
    const onRelease = ({ topic }: TopicPartition): void => void told.push(`${topic} released`)
    const { consumer } = await start({ flushMs: 60_000, onFlush, onRelease, store: () => sleep(10) })
    await consumer.open(partition)
    await consumer.take(partition, [record(0, 7)])
    await consumer.release(partition)
    expect(told).toEqual(['user flushed 1', 'user released'])
  })

  it('waits for a store that is down, and skips nothing', async () => {
    let isDown = true
    const { consumer, flushed } = await start({ store: () => isDown && unavailable() })
    await consumer.open(partition)
    const taken = consumer.take(partition, [record(0, 1)])
    await sleep(50)
    expect(flushed).toEqual([])
    isDown = false
    await taken
    expect(flushed).toEqual([{ nextOffset: 1, appendedAt: 1 }])
  })

  it('closes in time while a store is down, or does not answer at all', async () => {
    for (const store of [unavailable, () => new Promise<never>(() => {})]) {
      const { consumer, subscription } = await start({ store, closeTimeoutMs: 50 })
      await consumer.open(partition)
      const taken = consumer.take(partition, [record(0, 1)]).catch((error: unknown) => error)
      const closed = subscription.close()
      expect(await Promise.race([taken, sleep(5000)])).toMatchObject({ code: 'CLOSED' })
      await Promise.race([consumer.release(partition), sleep(5000).then(() => expect.fail('still open'))])
      await closed
    }
  })

  it('gives a partition back whose position somebody else moved, and stops for what is wrong for good', async () => {
    const moved = new TwofoldError('POSITION_MOVED', 'moved')
    const broken = new Error('a bug')
    for (const error of [moved, broken]) {
      const { consumer, fatal } = await start({ store: () => { throw error } })
      await consumer.open(partition)
      await expect(consumer.take(partition, [record(0, 1)])).rejects.toBe(error)
      expect(fatal).toEqual(error === broken ? [broken] : [])
    }
  })
})

interface Setup extends Partial<Pick<PartitionsOptions, 'flushMs' | 'maxPending' | 'closeTimeoutMs' | 'onFlush' | 'onRelease'>> {
  readonly store?: () => unknown
}

async function start({ store = () => undefined, ...options }: Setup = {}) {
  const [folded, flushed, fatal]: [number[][], Progress[], unknown[]] = [[], [], []]
  let consumer: LogConsumer | undefined
  const log = {
    subscribe: async (_group: string, _topics: readonly string[], given: LogConsumer) => {
      consumer = given
      return { reportPosition: () => {}, close: async () => {} }
    },
  }
  const subscription = await runPartitions({
    log: log as unknown as EventLog,
    group: 'g',
    topics: ['user'],
    flushMs: 0,
    maxPending: 1000,
    closeTimeoutMs: 1000,
    retry: retryQuickly,
    onFatal: (error) => fatal.push(error),
    open: async () => ({
      start: { nextOffset: 0, appendedAt: 0 },
      fold: ({ offset }, appendedAt) => void folded.push([offset, appendedAt]),
      flush: (progress) => async () => {
        await store()
        flushed.push(progress)
      },
    }),
    ...options,
  })
  return { consumer: consumer!, subscription, folded, flushed, fatal }
}

async function retryQuickly(action: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await action()
    } catch (error) {
      if (!isRetriable(error)) throw error
      await sleep(5)
    }
  }
}

function unavailable(): never {
  throw new TwofoldError('STORE_UNAVAILABLE', 'down')
}

function record(offset: number, timestamp: number): LogRecord {
  return { ...partition, offset, timestamp, key: null, value: Buffer.from('{}'), headers: {} }
}

function tick(offset: number, timestamp: number): LogRecord {
  return { ...record(offset, timestamp), value: null, headers: encodeTick(0, 't').headers }
}
