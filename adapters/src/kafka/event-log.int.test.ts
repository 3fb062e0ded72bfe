import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import kafkajs, { type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventLogContract } from '@twofold/core/ports/event-log.contract.ts'
import type { EventLog, LogRecord, Subscription, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { openKafkaEventLog } from './event-log.ts'
import { parseKafkaUrl } from './settings.ts'

const url = process.env.TWOFOLD_TEST_KAFKA_URL ?? ''
/** The shortest session that a broker allows by default. */
const quickUrl = `${url}?sessionTimeoutMs=6000`
const retentionMs = 3_600_000

eventLogContract({ name: 'Kafka', open: async () => ({ log: await openKafkaEventLog({ url }) }) })

describe('the event log on Kafka, beyond the contract', () => {
  let log: EventLog
  let kafka: Kafka
  const subscriptions: Subscription[] = []
  const unique = (kind: string): string => `kafka-${kind}-${crypto.randomUUID()}`

  beforeAll(async () => {
    log = await openKafkaEventLog({ url: quickUrl })
    kafka = new kafkajs.Kafka({ brokers: [...parseKafkaUrl(url).brokers], logLevel: kafkajs.logLevel.NOTHING })
  })
  afterAll(async () => {
    await Promise.all(subscriptions.map((subscription) => subscription.close()))
    await log.close()
  })

  const makeTopic = async (partitions = 1): Promise<string> => {
    const topic = unique('topic')
    await log.createTopics([topic], { partitions, retentionMs })
    return topic
  }
  const withAdmin = async <Result>(act: (admin: ReturnType<Kafka['admin']>) => Promise<Result>): Promise<Result> => {
    const admin = kafka.admin()
    await admin.connect()
    try {
      return await act(admin)
    } finally {
      await admin.disconnect()
    }
  }
  const appendValues = (topic: string, values: readonly string[]) =>
    log.append(topic, values.map((value) => ({ key: null, value, headers: {}, partition: 0 })))

  interface Reader {
    readonly calls: string[]
    readonly records: LogRecord[]
    readonly subscription: Subscription
  }
  interface ReadOptions {
    readonly group?: string
    open?(partition: TopicPartition): Promise<number>
    take?(): Promise<void>
  }
  const read = async (topic: string, { group = unique('group'), open, take }: ReadOptions = {}): Promise<Reader> => {
    const calls: string[] = []
    const records: LogRecord[] = []
    const subscription = await log.subscribe(group, [topic], {
      open: async (partition) => {
        calls.push('open')
        return (await open?.(partition)) ?? 0
      },
      take: async (_, batch) => {
        await take?.()
        records.push(...batch)
      },
      release: async () => void calls.push('release'),
    })
    subscriptions.push(subscription)
    return { calls, records, subscription }
  }
  const valuesOf = (records: readonly LogRecord[]): string[] => records.map(({ value }) => String(value))

  test("a topic whose records keep their producers' times is refused, with how to mend it", async () => {
    const topic = unique('topic')
    await withAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }))
    const refused = log.createTopics([topic], { partitions: 1, retentionMs })
    const message = expect.stringContaining(topic)
    await expect(refused).rejects.toMatchObject({ code: 'TOPIC_MISCONFIGURED', message })
    await expect(refused).rejects.toThrow(/CreateTime.*--add-config message\.timestamp\.type=LogAppendTime/)
  })

  const makeForeignTopic = async (settings: Readonly<Record<string, string>>): Promise<string> => {
    const topic = unique('topic')
    const all = Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...settings })
    const configEntries = all.map(([name, value]) => ({ name, value }))
    const topics = [{ topic, numPartitions: 1, configEntries }]
    await withAdmin((admin) => admin.createTopics({ topics, waitForLeaders: true }))
    return topic
  }

  test.each([
    ['cleanup.policy', 'compact', 'delete'],
    ['cleanup.policy', 'compact,delete', 'delete'],
    ['retention.ms', String(retentionMs - 1), String(retentionMs)],
    ['retention.bytes', '1000000', '-1'],
  ])('a topic that may lose records before their time is refused: %s=%s', async (name, found, needed) => {
    const topic = await makeForeignTopic({ [name]: found })
    const refused = log.createTopics([topic], { partitions: 1, retentionMs })
    await expect(refused).rejects.toMatchObject({ code: 'TOPIC_MISCONFIGURED' })
    await expect(refused).rejects.toThrow(`topic "${topic}" has ${name}=${found}, ${needed} is needed`)
    await expect(refused).rejects.toThrow(`--entity-name ${topic} --add-config ${name}=${needed}`)
  })

  test.each([String(retentionMs), String(10 * retentionMs), '-1'])(
    'a topic that somebody else made is taken when it keeps its records as long or longer: %s ms',
    async (kept) => {
      const topic = await makeForeignTopic({ 'retention.ms': kept })
      await log.createTopics([topic], { partitions: 1, retentionMs })
    },
  )

  test('a process that makes a topic, appends, reads and closes prints nothing', async () => {
    const child = startChild(`
      const log = await openKafkaEventLog({ url: '${quickUrl}' })
      await log.createTopics(['${unique('topic')}'], { partitions: 2, retentionMs: ${retentionMs} })
      const topic = '${await makeTopic()}'
      await log.append(topic, [{ key: 'k', value: 'v', headers: {} }])
      await new Promise((resolve) => log.subscribe('${unique('group')}', [topic],
        { open: async () => 0, take: async () => resolve(), release: async () => {} }))
      await log.close()`)
    const [printed, complained, [status]] = await Promise.all([
      text(child.stdout), text(child.stderr), once(child, 'exit'),
    ])
    expect({ printed, complained, status }).toEqual({ printed: '', complained: '', status: 0 })
  })

  test('a committed offset of the group moves nobody', async () => {
    const [topic, group] = [await makeTopic(), unique('group')]
    await appendValues(topic, ['0', '1', '2', '3'])
    const partitions = [{ partition: 0, offset: '3' }]
    await withAdmin((admin) => admin.setOffsets({ groupId: group, topic, partitions }))
    const { records } = await read(topic, { group })
    await expect.poll(() => valuesOf(records), { timeout: 20_000 }).toEqual(['0', '1', '2', '3'])
  })

  test('a reported position is what the group has committed, for displays of lag', async () => {
    const [topic, group] = [await makeTopic(), unique('group')]
    await appendValues(topic, ['0', '1'])
    const { records, subscription } = await read(topic, { group })
    await expect.poll(() => records.length, { timeout: 20_000 }).toBe(2)
    subscription.reportPosition({ topic, partition: 0 }, 2)
    await subscription.close()
    const [committed] = await withAdmin((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }))
    expect(committed?.partitions).toMatchObject([{ partition: 0, offset: '2' }])
  })

  test('a place that the log no longer holds is asked for again, not replaced', async () => {
    const topic = await makeTopic()
    await appendValues(topic, ['0', '1', '2', '3'])
    const partitions = [{ partition: 0, offset: '2' }]
    await withAdmin(async (admin) => {
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions })
    })
    let openings = 0
    const { calls, records } = await read(topic, { open: async () => (openings++ === 0 ? 0 : 3) })
    await expect.poll(() => valuesOf(records), { timeout: 20_000 }).toEqual(['3'])
    expect(calls).toEqual(['open', 'release', 'open'])
  })

  test('the marks of foreign transactions are passed over, their aborted records too', async () => {
    const topic = await makeTopic()
    const transactionalId = unique('transaction')
    const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    for (const value of ['0', 'aborted', '1', 'aborted']) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value }] })
      await (value === 'aborted' ? transaction.abort() : transaction.commit())
    }
    await producer.disconnect()
    const { calls, records } = await read(topic)
    await expect.poll(() => valuesOf(records), { timeout: 20_000 }).toEqual(['0', '1'])
    await appendValues(topic, ['2'])
    await expect.poll(() => valuesOf(records), { timeout: 20_000 }).toEqual(['0', '1', '2'])
    expect(calls).toEqual(['open'])
  })

  test('a take that lasts longer than the session neither costs the partition nor stops its neighbours', async () => {
    const topic = await makeTopic(2)
    const { promise: permission, resolve: allow } = Promise.withResolvers<void>()
    let takes = 0
    const { calls, records } = await read(topic, { take: async () => (takes++ === 0 ? permission : undefined) })
    await appendValues(topic, ['0'])
    await expect.poll(() => takes, { timeout: 20_000 }).toBe(1)
    for (let i = 1; i <= 5; i++) await appendValues(topic, [String(i)])
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    await log.append(topic, [{ key: null, value: 'neighbour', headers: {}, partition: 1 }])
    await expect.poll(() => valuesOf(records), { timeout: 20_000 }).toEqual(['neighbour'])
    allow()
    await expect.poll(() => records.length, { timeout: 20_000 }).toBe(7)
    expect(calls).toEqual(['open', 'open'])
  })

  test('the partitions of a member that was killed go to another one', async () => {
    const [topic, group] = [await makeTopic(2), unique('group')]
    const child = startChild(`
      const log = await openKafkaEventLog({ url: '${quickUrl}' })
      await log.subscribe('${group}', ['${topic}'],
        { open: async () => { console.log('open'); return 0 }, take: async () => {}, release: async () => {} })`)
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    const { calls } = await read(topic, { group })
    await expect.poll(() => calls, { timeout: 20_000 }).toEqual(['open', 'open'])
  })

  test('a record that the broker finds too large is refused, what travels with it is not', async () => {
    const topic = await makeTopic()
    const large = log.append(topic, [{ key: null, value: Buffer.alloc(3_000_000), headers: {} }])
    const small = appendValues(topic, ['small'])
    await expect(large).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', retriable: false })
    expect(await small).toMatchObject([{ partition: 0, offset: 0 }])
  })

  test("keys go where Kafka's own clients put them", async () => {
    const topic = await makeTopic(7)
    // The examples of Kafka's own test of its murmur2 hash.
    const hashes = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 }
    const places = await log.append(topic, Object.keys(hashes).map((key) => ({ key, value: '', headers: {} })))
    const expected = Object.values(hashes).map((hash) => (hash & 0x7f_ff_ff_ff) % 7)
    expect(places.map(({ partition }) => partition)).toEqual(expected)
  })
})

function startChild(body: string) {
  const module = JSON.stringify(new URL('event-log.ts', import.meta.url).href)
  const script = `import { openKafkaEventLog } from ${module}\n${body}`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'pipe'] })
}
