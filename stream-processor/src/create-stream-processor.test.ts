import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCounterStore, openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { encodeEvent } from '@twofold/core/events/envelope.ts'
import { likes } from '@twofold/core/events/like.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { type CellUpdate, parseUpdate, type Update, updatesTopic } from '@twofold/core/live/updates.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createStreamProcessor } from './create-stream-processor.ts'

const partitions = 2
let folder: string
let closing: (() => Promise<void>)[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twofold-updates-'))
  closing = []
})

afterEach(async () => {
  for (const close of closing.reverse()) await close()
  await rm(folder, { recursive: true, force: true })
})

it('the updates hold every change, each before the progress that covers it, and go on in silence', async () => {
  const { log, process } = await open()
  const told = await tail(log)
  for (let number = 0; number < 40; number++) await append(log, number, 1_000_000 + number)
  await until(() => covered(told) === 40)
  const before = lastUntil(told)
  await until(() => lastUntil(told) > Math.max(before, Date.now() - 5000))
  await process.close()

  const counts = new Map<string, number>()
  for (const updates of told) {
    const upToProgress = updates.slice(0, updates.findIndex((update) => covered([[update]]) === 40))
    for (const { key, state } of cellsOf([upToProgress]).values()) counts.set(key, (counts.get(key) ?? 0) + Number(state))
  }
  expect(Object.fromEntries(counts)).toEqual({ v0: 8, v1: 8, v2: 8, v3: 8, v4: 8 })
})

it('whoever takes over tells the same cells again, and no less progress once it caught up', async () => {
  const { log, process, start } = await open()
  const told = await tail(log)
  for (let number = 0; number < 10; number++) await append(log, number, 1_000_000 + number)
  await until(() => covered(told) === 10)
  await process.close()
  const cells = cellsOf(told)
  const reached = told.map(({ length }) => length)
  await start()
  await until(() => covered(told.map((updates, at) => updates.slice(reached[at]))) === 10)
  const again = cellsOf(told)
  expect(again.size).toBe(cells.size)
  for (const [address, cell] of cells) expect(again.get(address)).toEqual(cell)
})

async function open() {
  const surroundings = { now: () => Date.now(), logger: silentLogger }
  const log = await openEventLog(`sqlite:${folder}/log.db`, surroundings)
  const counters = await openCounterStore(`sqlite:${folder}/counters.db`, 86_400_000, surroundings)
  const rows = await openRowStore(`sqlite:${folder}/rows.db`, [rawTableOf(likes)], surroundings)
  closing.push(() => rows.close(), () => counters.close(), () => log.close())
  await log.createTopics([likes.topic, updatesTopic], { partitions, retentionMs: 86_400_000 })
  const settings = { sliceMs: 60_000, dedupHorizonMs: 60_000 }
  const layer = { log, counters, rows, events: [likes], views: [likesByVideo], settings, updatePartitions: partitions }
  const start = async () => {
    const process = await createStreamProcessor({
      ...layer,
      flushMs: 5,
      progressMs: 20,
      maxPending: 7,
      closeTimeoutMs: 4000,
      retry: (action) => action(),
      onFatal: (error) => expect.fail(String(error)),
    })
    closing.push(() => process.close())
    return process
  }
  return { log, start, process: await start() }
}

async function append(log: EventLog, number: number, receivedAt: number): Promise<void> {
  const payload = { id: `like-${number}`, video_id: `v${number % 5}` }
  await log.append(likes.topic, [encodeEvent(likes, payload, { id: payload.id, receivedAt })])
}

/** What is read of each partition of the updates. */
async function tail(log: EventLog): Promise<Update[][]> {
  const told: Update[][] = Array.from({ length: partitions }, () => [])
  const subscription = await log.subscribe('tail', [updatesTopic], {
    open: async () => 0,
    take: async ({ partition }, records) => void told[partition]!.push(...records.flatMap((record) => parseUpdate(record) ?? [])),
    release: async () => undefined,
  })
  closing.push(() => subscription.close())
  return told
}

/** How many records every partition of the updates says are processed. */
function covered(told: readonly (readonly Update[])[]): number {
  const counts = told.map((updates) => {
    const offsets = new Map<number, number>()
    for (const update of updates) {
      if (update.kind === 'progress') for (const { partition, nextOffset } of update.progress.processed) offsets.set(partition, nextOffset)
    }
    return [...offsets.values()].reduce((sum, offset) => sum + offset, 0)
  })
  return Math.min(...counts)
}

function lastUntil(told: readonly (readonly Update[])[]): number {
  const last = told.map((updates) => updates.findLast(({ kind }) => kind === 'progress'))
  return Math.min(...last.flatMap((update) => (update?.kind === 'progress' ? update.progress.processed.map((one) => one.until) : [0])))
}

/** What a reader holds of each cell: the highest offset. */
function cellsOf(told: readonly (readonly Update[])[]): Map<string, CellUpdate> {
  const newest = new Map<string, CellUpdate>()
  for (const update of told.flat()) {
    if (update.kind !== 'cell') continue
    const { key, slice, partition, offset } = update.cell
    const held = newest.get(`${key} ${slice} ${partition}`)
    if (!held || held.offset < offset) newest.set(`${key} ${slice} ${partition}`, update.cell)
  }
  return newest
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5)
}
