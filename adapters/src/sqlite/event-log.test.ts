import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogContract } from '@twofold/core/ports/event-log.contract.ts'
import type { EventLog, LogConsumer, LogRecord, NewRecord } from '@twofold/core/ports/event-log.ts'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { openSqliteEventLog, type SqliteEventLogOptions } from './event-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

eventLogContract({
  name: 'SQLite',
  open: async () => ({ log: await openSqliteEventLog({ path: join(folder, 'contract.db'), now: Date.now }) }),
})

const hourMs = 3_600_000
const patience = { timeout: 20_000, interval: 10 }
const logs: EventLog[] = []
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close()
})

let files = 0
async function open(options: Partial<SqliteEventLogOptions> = {}): Promise<EventLog> {
  const log = await openSqliteEventLog({ path: join(folder, `${files++}.db`), now: Date.now, ...options })
  logs.push(log)
  return log
}

async function openWithTopic(options: Partial<SqliteEventLogOptions> = {}, retentionMs = hourMs): Promise<EventLog> {
  const log = await open(options)
  await log.createTopics(['t'], { partitions: 1, retentionMs })
  return log
}

function note(value: NewRecord['value'], key: string | null = null): NewRecord {
  return { key, value, headers: {} }
}

function collect(from: number, into: LogRecord[]): LogConsumer {
  return {
    open: async () => from,
    take: async (_, records) => void into.push(...records),
    release: async () => {},
  }
}

test('append times never step back, even when the clock does', async () => {
  let clock = 1_000
  const path = join(folder, 'clock.db')
  const first = await openWithTopic({ path, now: () => clock })
  const second = await open({ path, now: () => clock - 500 })
  const times: number[] = []
  for (const [at, log] of [[1_000, first], [400, first], [1_200, second], [1_300, first], [0, second]] as const) {
    clock = at
    times.push((await log.append('t', [note('x')]))[0]!.appendedAt)
  }
  expect(times).toEqual([1_000, 1_000, 1_000, 1_300, 1_300])
})

test('appends that wait together are committed together', async () => {
  const now = vi.fn<() => number>(Date.now)
  const log = await openWithTopic({ now })
  await Promise.all(Array.from({ length: 2_000 }, (_, i) => log.append('t', [note(String(i))])))
  // The clock is asked once for each frame, and a frame is one transaction.
  expect(now.mock.calls.length).toBeLessThan(20)
})

test('of appends that are committed together, one that is refused leaves the others alone', async () => {
  const log = await openWithTopic()
  const both = { ...note('b'), partition: 9 }
  const outcomes = await Promise.allSettled([
    log.append('t', [note('a')]),
    log.append('t', [note('half'), both]),
    log.append('unknown', [note('c')]),
    log.append('t', [note('d')]),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(outcomes[2]).toMatchObject({ reason: { code: 'TOPIC_MISCONFIGURED' } })
  expect(await log.readBounds('t')).toEqual([{ partition: 0, begin: 0, end: 2 }])
})

test('a record that cannot be packed is refused alone', async () => {
  const log = await openWithTopic()
  const outcomes = await Promise.allSettled([
    log.append('t', [note('a')]),
    log.append('t', [note(undefined as unknown as null)]),
    log.append('t', [note('c')]),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('closing waits for appends that were called before', async () => {
  const path = join(folder, 'draining.db')
  const log = await openWithTopic({ path })
  const appends = Array.from({ length: 500 }, () => log.append('t', [note('x'.repeat(50_000))]))
  await log.close()
  expect((await Promise.allSettled(appends)).every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(await (await open({ path })).readBounds('t')).toEqual([{ partition: 0, begin: 0, end: 500 }])
})

test('records that outlived the retention go, in chunks, and the begin moves', async () => {
  let clock = 1_000_000
  const log = await openWithTopic({ now: () => clock, trimMs: 5 }, 60_000)
  for (let i = 0; i < 3; i++) await log.append('t', Array.from({ length: 1_500 }, () => note('old')))
  clock += 30_000
  await log.append('t', [note('young')])
  clock += 30_000
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await log.readBounds('t')).toEqual([{ partition: 0, begin: 0, end: 4_501 }])
  clock += 1
  await vi.waitFor(async () => expect((await log.readBounds('t'))[0]!.begin).toBe(4_500), patience)
  const records: LogRecord[] = []
  await log.subscribe('g', ['t'], collect(4_500, records))
  await vi.waitFor(() => expect(records.map(({ offset }) => offset)).toEqual([4_500]), patience)
  expect(await log.findOffset({ topic: 't', partition: 0 }, 0)).toBe(4_500)
})

test('offsets are not used again when all records are gone', async () => {
  let clock = 1_000_000
  const log = await openWithTopic({ now: () => clock, trimMs: 5 }, 60_000)
  await log.append('t', [note('a'), note('b')])
  clock += 60_001
  const gone = [{ partition: 0, begin: 2, end: 2 }]
  await vi.waitFor(async () => expect(await log.readBounds('t')).toEqual(gone), patience)
  expect(await log.append('t', [note('c')])).toMatchObject([{ offset: 2 }])
})

test('a reader whose next record is gone is asked for another place: a hole is never passed over', async () => {
  let clock = 1_000_000
  const log = await openWithTopic({ now: () => clock, trimMs: 5 }, 60_000)
  await log.append('t', [note('a'), note('b')])
  const { promise: permission, resolve: allow } = Promise.withResolvers<void>()
  const starts = [0, 2]
  const seen: number[] = []
  await log.subscribe('g', ['t'], {
    open: async () => starts.shift()!,
    take: async (_, records) => {
      seen.push(...records.map(({ offset }) => offset))
      if (seen.length === 2) await permission
    },
    release: async () => {},
  })
  await vi.waitFor(() => expect(seen).toEqual([0, 1]), patience)
  await log.append('t', [note('missed')])
  clock += 60_001
  await vi.waitFor(async () => expect((await log.readBounds('t'))[0]!.begin).toBe(3), patience)
  await log.append('t', [note('later')])
  starts[0] = 3
  allow()
  await vi.waitFor(() => expect(seen).toEqual([0, 1, 3]), patience)
  expect(starts).toEqual([])
})

test('a new retention holds from the next start on', async () => {
  const path = join(folder, 'retention.db')
  let clock = 1_000_000
  const log = await openWithTopic({ path, now: () => clock, trimMs: 5 })
  await log.append('t', [note('a')])
  clock += 1_000
  await log.createTopics(['t'], { partitions: 1, retentionMs: 500 })
  await vi.waitFor(async () => expect((await log.readBounds('t'))[0]!.begin).toBe(1), patience)
})

test('reading does not keep the write-ahead log from being reused', async () => {
  const path = join(folder, 'wal.db')
  const log = await openWithTopic({ path })
  const records: LogRecord[] = []
  await log.subscribe('g', ['t'], collect(0, records))
  for (let i = 0; i < 100; i++) await log.append('t', [note(Buffer.alloc(1_000_000, i))])
  await vi.waitFor(() => expect(records).toHaveLength(100), patience)
  expect(statSync(`${path}-wal`).size).toBeLessThan(32 * 1024 * 1024)
})

test('a subscriber of the same process hears of an append without waiting for the next poll', async () => {
  const log = await openWithTopic({ pollMs: hourMs })
  const records: LogRecord[] = []
  await log.subscribe('g', ['t'], collect(0, records))
  await log.append('t', [note('x')])
  await vi.waitFor(() => expect(records).toHaveLength(1), patience)
})

test('subscribing to a topic that was never made is refused', async () => {
  const log = await open()
  await expect(log.subscribe('g', ['none'], collect(0, []))).rejects.toMatchObject({ code: 'TOPIC_MISCONFIGURED' })
  await expect(log.readBounds('none')).rejects.toMatchObject({ code: 'TOPIC_MISCONFIGURED' })
})

test('a file that is no database is refused', async () => {
  await expect(openSqliteEventLog({ path: folder, now: Date.now })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
})
