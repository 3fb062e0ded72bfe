import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EventLog, LogRecord } from '@twofold/core/ports/event-log.ts'
import { afterAll, expect, test, vi } from 'vitest'
import { openSqliteEventLog } from './event-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const patience = { timeout: 30_000, interval: 5 }

/** Appends as fast as it can and prints every value that was acknowledged, until it is killed. */
const appender = (path: string, name: string): string => `
  import { openSqliteEventLog } from '${new URL('./event-log.ts', import.meta.url).href}'
  const log = await openSqliteEventLog({ path: ${JSON.stringify(path)}, now: Date.now })
  await log.createTopics(['t'], { partitions: 2, retentionMs: 3_600_000 })
  let next = 0
  const append = async () => {
    for (;;) {
      const value = '${name}-' + next++
      const [{ partition, offset }] = await log.append('t', [{ key: value, value, headers: { value } }])
      process.stdout.write(value + ' ' + partition + '@' + offset + '\\n')
    }
  }
  for (let i = 0; i < 32; i++) append()`

interface Appender {
  readonly child: ChildProcess
  /** Lines 'value partition@offset' in the order of their acknowledgement. */
  readonly acknowledged: string[]
}

function startAppender(path: string, name: string): Appender {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', appender(path, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => acknowledged.push(line))
  return { child, acknowledged }
}

async function kill({ child }: Appender): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

async function readAll(log: EventLog): Promise<LogRecord[]> {
  const ends = await log.readBounds('t')
  const records: LogRecord[] = []
  const subscription = await log.subscribe('reader', ['t'], {
    open: async () => 0,
    take: async (_, batch) => void records.push(...batch),
    release: async () => {},
  })
  const expected = ends.reduce((sum, { end }) => sum + end, 0)
  await vi.waitFor(() => expect(records.length).toBeGreaterThanOrEqual(expected), patience)
  await subscription.close()
  return records
}

/** Without the last line: a process that is killed may leave it cut in the middle of a number. */
function wholeLines({ acknowledged }: Appender): string[] {
  return acknowledged.slice(0, -1)
}

const lineOf = ({ value, partition, offset }: LogRecord): string => `${String(value)} ${partition}@${offset}`

test('what was acknowledged survives kill -9, round after round', async () => {
  const path = join(folder, 'killed.db')
  const acknowledged: string[] = []
  for (const name of ['a', 'b', 'c']) {
    const running = startAppender(path, name)
    await vi.waitFor(() => expect(running.acknowledged.length).toBeGreaterThan(500), patience)
    await kill(running)
    acknowledged.push(...wholeLines(running))
  }
  const log = await openSqliteEventLog({ path, now: Date.now })
  const records = await readAll(log)
  const kept = new Set(records.map(lineOf))
  expect(acknowledged.filter((line) => !kept.has(line))).toEqual([])
  expect(kept.size).toBe(records.length)
  await log.close()
})

test('two processes append to one file at once, and a third reads everything once and in order', async () => {
  const path = join(folder, 'shared.db')
  const log = await openSqliteEventLog({ path, now: Date.now })
  await log.createTopics(['t'], { partitions: 2, retentionMs: 3_600_000 })
  const records: LogRecord[] = []
  await log.subscribe('reader', ['t'], {
    open: async () => 0,
    take: async (_, batch) => void records.push(...batch),
    release: async () => {},
  })
  const running = [startAppender(path, 'a'), startAppender(path, 'b')]
  for (const each of running) await vi.waitFor(() => expect(each.acknowledged.length).toBeGreaterThan(500), patience)
  for (const each of running) await kill(each)
  const ends = await log.readBounds('t')
  await vi.waitFor(() => expect(records).toHaveLength(ends.reduce((sum, { end }) => sum + end, 0)), patience)
  for (const { partition, end } of ends) {
    const offsets = records.filter((each) => each.partition === partition).map(({ offset }) => offset)
    expect(offsets).toEqual(Array.from({ length: end }, (_, i) => i))
  }
  const kept = new Set(records.map(lineOf))
  expect(running.flatMap(wholeLines).filter((line) => !kept.has(line))).toEqual([])
  await log.close()
})

test('many may make one file at once', async () => {
  for (const round of [1, 2, 3, 4, 5]) {
    const path = join(folder, `made-${round}.db`)
    const logs = await Promise.all([1, 2, 3, 4].map(() => openSqliteEventLog({ path, now: Date.now })))
    await Promise.all(logs.map((log) => log.close()))
  }
})

test('what another process appends is seen within a fifth of a second', async () => {
  const path = join(folder, 'polled.db')
  const [near, far] = await Promise.all([1, 2].map(() => openSqliteEventLog({ path, now: Date.now })))
  await near!.createTopics(['t'], { partitions: 1, retentionMs: 3_600_000 })
  const delays: number[] = []
  await near!.subscribe('g', ['t'], {
    open: async () => 0,
    take: async (_, batch) => void delays.push(...batch.map(({ value }) => Date.now() - Number(String(value)))),
    release: async () => {},
  })
  for (let i = 1; i <= 10; i++) {
    await far!.append('t', [{ key: null, value: String(Date.now()), headers: {} }])
    await vi.waitFor(() => expect(delays).toHaveLength(i), patience)
  }
  // The median: a busy machine may delay any one of them.
  expect(delays.toSorted((a, b) => a - b)[5]).toBeLessThan(200)
  await Promise.all([near!.close(), far!.close()])
})
