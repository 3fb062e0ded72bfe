import { expect } from 'vitest'
import { type Clause, type Member, numbered, record, textOf, waitUntil } from './event-log.contract-kit.ts'
import { GroupMemory } from './event-log.contract-consumer.ts'

/** What a batch may hold at most: it is what keeps the memory of a reader bounded. */
const maxBatchRecords = 5_000
const maxBatchBytes = 16 * 1024 * 1024

export const reading: Readonly<Record<string, Clause>> = {
  'a reader sees each offset once and in order, what stood before and what comes': async (bench) => {
    const topic = await bench.makeTopic(3)
    for (const partition of [0, 1, 2]) await bench.log.append(topic, numbered(700, { partition }))
    const reader = await bench.join(topic)
    await waitUntil('what stood before', () => reader.records.length >= 2100)
    for (const partition of [0, 1, 2]) await bench.log.append(topic, numbered(7, { partition }))
    await waitUntil('what comes', () => reader.records.length >= 2121)
    const offsets = reader.records.filter(({ partition }) => partition === 1).map(({ offset }) => offset)
    expect(offsets).toEqual(Array.from({ length: 707 }, (_, i) => offsets[0]! + i))
    expect(reader.records).toHaveLength(2121)
    expect(reader.memory.violations).toEqual([])
  },

  'a reader starts at the offset that open answered': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic(2)
    const places = await log.append(topic, numbered(100, { partition: 1 }))
    const middle = places[40]!.offset
    const reader = await join(topic, { memory: new GroupMemory().startAt({ topic, partition: 1 }, middle) })
    await waitUntil('the rest', () => reader.records.length >= 60)
    expect(reader.records[0]!.offset).toBe(middle)
    const values = reader.records.map(({ value }) => Number(textOf(value)))
    expect(values).toEqual(Array.from({ length: 60 }, (_, i) => 40 + i))
  },

  'a reader that starts at the end sees only what comes': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic()
    const [last] = await log.append(topic, [record('before')])
    const reader = await join(topic, { memory: new GroupMemory().startAt({ topic, partition: 0 }, last!.offset + 1) })
    await waitUntil('the partition', () => reader.owned.size === 1)
    await log.append(topic, [record('after')])
    await waitUntil('the new record', () => reader.records.length > 0)
    expect(reader.records.map(({ value }) => textOf(value))).toEqual(['after'])
  },

  'one subscription reads several topics': async ({ log, makeTopic, join }) => {
    const topics = [await makeTopic(2), await makeTopic(1)]
    for (const topic of topics) await log.append(topic, [record(topic, { partition: 0 })])
    const reader = await join(topics)
    await waitUntil('both topics', () => reader.records.length >= 2)
    expect(reader.records.every(({ topic, value }) => textOf(value) === topic)).toBe(true)
    expect(reader.owned.size).toBe(3)
  },

  'a slow take gets no second batch of its partition, while other partitions go on': async (bench) => {
    const topic = await bench.makeTopic(2)
    const { promise: permission, resolve: allow } = Promise.withResolvers<void>()
    let slowTakes = 0
    const reader = await bench.join(topic, {
      onTake: async ({ partition }) => {
        if (partition === 0) slowTakes++
        if (partition === 0) await permission
      },
    })
    await bench.log.append(topic, [record('slow', { partition: 0 })])
    await waitUntil('the slow take', () => slowTakes === 1)
    for (let i = 0; i < 20; i++) await bench.log.append(topic, [0, 1].map((partition) => record('x', { partition })))
    await waitUntil('the other partition', () => reader.records.length >= 20)
    expect(slowTakes).toBe(1)
    allow()
    await waitUntil('the slow partition', () => reader.records.length >= 41)
    expect(reader.memory.violations).toEqual([])
  },

  'a take that rejects leads to release, open and delivery from the new offset': async (bench) => {
    const topic = await bench.makeTopic()
    const memory = new GroupMemory()
    const places = await bench.log.append(topic, numbered(10))
    let failures = 0
    const reader = await bench.join(topic, {
      memory,
      onTake: (partition) => {
        if (failures++ > 0) return
        memory.startAt(partition, places[4]!.offset)
        throw new Error('the first take fails, on purpose')
      },
    })
    await waitUntil('the rest', () => reader.records.length >= 6)
    expect(reader.records.map(({ value }) => textOf(value))).toEqual(['4', '5', '6', '7', '8', '9'])
    expect(reader.calls.map((call) => call.split(' ')[0])).toEqual(['open', 'release', 'open'])
    expect(memory.violations).toEqual([])
  },

  'a place that the partition does not hold is asked for again, not replaced': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic()
    const partition = { topic, partition: 0 }
    const places = await log.append(topic, numbered(3))
    const memory = new GroupMemory().startAt(partition, places[2]!.offset + 100)
    const reader = await join(topic, { memory, onRelease: () => void memory.startAt(partition, places[1]!.offset) })
    await waitUntil('the records', () => reader.records.length >= 2)
    expect(reader.records.map(({ value }) => textOf(value))).toEqual(['1', '2'])
    expect(reader.calls.map((call) => call.split(' ')[0])).toEqual(['open', 'release', 'open'])
    expect(memory.violations).toEqual([])
  },

  'a partition whose take rejects leaves its neighbours alone': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic(2)
    for (const partition of [0, 1]) await log.append(topic, numbered(10, { partition }))
    const reader = await join(topic, {
      onTake: ({ partition }) => {
        if (partition === 0) throw new Error('this partition always fails, on purpose')
      },
    })
    await waitUntil('the healthy partition', () => reader.records.length >= 10)
    await waitUntil('a second try', () => openings(reader, `${topic}/0`) >= 2)
    await log.append(topic, [record('later', { partition: 1 })])
    await waitUntil('what comes later', () => reader.records.length >= 11)
    expect(openings(reader, `${topic}/1`)).toBe(1)
  },

  'no take gets more than 5,000 records': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic()
    await log.append(topic, numbered(6_000))
    for (let i = 0; i < 6; i++) await log.append(topic, numbered(1_000))
    const reader = await join(topic)
    await waitUntil('all records', () => reader.records.length >= 12_000)
    expect(Math.max(...reader.batches.map((batch) => batch.length))).toBeLessThanOrEqual(maxBatchRecords)
  },

  'no take gets more than 16 MB': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic()
    for (let i = 0; i < 24; i++) await log.append(topic, [record(Buffer.alloc(900_000, i))])
    const reader = await join(topic)
    await waitUntil('all records', () => reader.records.length >= 24)
    const bytes = reader.batches.map((batch) => batch.reduce((sum, { value }) => sum + value!.length, 0))
    expect(Math.max(...bytes)).toBeLessThanOrEqual(maxBatchBytes)
  },

  'closing a subscription waits for the running take and releases every partition': async (bench) => {
    const topic = await bench.makeTopic(3)
    const { promise: permission, resolve: allow } = Promise.withResolvers<void>()
    let running = 0
    const reader = await bench.join(topic, {
      onTake: async () => {
        running++
        await permission
        running--
      },
    })
    await bench.log.append(topic, [record('x', { partition: 2 })])
    await waitUntil('the take and all partitions', () => running === 1 && reader.owned.size === 3)
    const closed = reader.subscription.close().then(() => ({ running, owned: reader.owned.size }))
    await bench.log.append(topic, [record('y', { partition: 2 })])
    expect(running).toBe(1)
    allow()
    expect(await closed).toEqual({ running: 0, owned: 0 })
    expect(reader.records.map(({ value }) => textOf(value))).toEqual(['x'])
    expect(reader.memory.violations).toEqual([])
  },

  'closing the log closes its subscriptions': async ({ log, makeTopic, reopen, join }) => {
    const topic = await makeTopic(2)
    const second = await reopen()
    const reader = await join(topic, { log: second })
    await log.append(topic, [record('x')])
    await waitUntil('all partitions and the record', () => reader.owned.size === 2 && reader.records.length === 1)
    await second.close()
    expect(reader.owned.size).toBe(0)
    await reader.subscription.close()
  },
}

function openings(reader: Member, name: string): number {
  return reader.calls.filter((call) => call === `open ${name}`).length
}
