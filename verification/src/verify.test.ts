import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { eventType } from '@twofold/core/events/event.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RawRow, RowBatch, RowStore } from '@twofold/core/ports/row-store.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openLedger, type LedgerEntry } from './ledger.ts'
import { naiveCount, naiveView, payloadOf } from './naive-view.ts'
import { startViews, type StubAnswer, type StubApi } from './stub-api.ts'
import { verify, type VerifyOptions } from './verify.ts'

/** An event and a view that the system doesn't have. */
const purchases = eventType({
  topic: 'purchase',
  description: 'Somebody bought something.',
  routes: { single: '/purchase', plural: '/purchases' },
  schema: z.object({ shop: z.string() }),
  idOf: () => undefined,
  columns: [],
})
const naiveSales = naiveCount({ view: 'sales', topic: 'purchase', stepMs: 1000, keyOf: ({ shop }) => String(shop) })

const noon = '2026-01-01T12:00:00.000Z'
const second = (count: number): string => new Date(Date.parse(noon) + count * 1000).toISOString()

const right: StubAnswer = {
  finest: [
    { key: 'a', from: second(0), until: second(1), value: 2 },
    { key: 'a', from: second(1), until: second(2), value: 1 },
    { key: 'b', from: second(0), until: second(1), value: 1 },
  ],
  all: [
    { key: 'a', value: 3 },
    { key: 'b', value: 1 },
  ],
  positions: { 0: 4 },
  boundary: second(1),
}

describe('verify', () => {
  let folder: string
  let log: EventLog
  let rows: RowStore
  let api: StubApi
  let answer: StubAnswer
  let nextOffset: number

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'))
    const surroundings = { now: () => Date.parse(noon), logger: silentLogger }
    log = await openEventLog(`sqlite:${folder}/log.db`, surroundings)
    rows = await openRowStore(`sqlite:${folder}/rows.db`, [rawTableOf(purchases)], surroundings)
    await log.createTopics(['purchase'], { partitions: 1, retentionMs: 1e9 })
    await rows.openPosition('purchase', 0)
    nextOffset = 0
    answer = right
    api = await startViews(() => ({ sales: answer }))
    await buy(['a', 0], ['b', 0], ['a', 0], ['a', 1])
  })

  afterEach(async () => {
    await Promise.all([log.close(), rows.close(), api.close()])
    await rm(folder, { recursive: true })
  })

  /** Appends purchases to the log and writes their raw rows, as (shop, second, id). */
  async function buy(...bought: readonly (readonly [shop: string, at: number, id?: string])[]): Promise<void> {
    const payloads = bought.map(([shop]) => JSON.stringify({ shop }))
    await log.append(
      'purchase',
      payloads.map((value) => ({ key: null, value, headers: {}, partition: 0 })),
    )
    await write(
      bought.map(([, at, id], index) =>
        rowAt(nextOffset + index, { id, payload: payloads[index]!, time: Date.parse(second(at)) }),
      ),
    )
  }

  function rowAt(
    offset: number,
    { id, payload, time }: { id: string | undefined; payload: string; time: number },
  ): RawRow {
    return { id: id ?? `p${offset}`, offset, appendedAt: time, slice: time, occurredAt: time, payload, columns: [] }
  }

  async function write(added: readonly RawRow[], more: Partial<RowBatch> = {}): Promise<void> {
    const expectedOffset = nextOffset
    nextOffset = more.nextOffset ?? nextOffset + added.length
    const appendedAt = added.at(-1)?.appendedAt ?? Date.parse(second(9))
    const batch = { topic: 'purchase', partition: 0, rows: added, deadLetters: [], dedupHorizonMs: 0 }
    await rows.writeRows({ ...batch, expectedOffset, nextOffset, appendedAt, ...more })
  }

  function check(more: Partial<VerifyOptions> = {}) {
    return verify({
      log,
      rows,
      apiUrl: api.url,
      naiveViews: [naiveSales],
      events: [purchases],
      timeoutMs: 300,
      pollMs: 20,
      ...more,
    })
  }

  function replaceFinest(index: number, value: number | undefined): StubAnswer['finest'] {
    return right.finest.flatMap((row, at) => (at !== index ? [row] : value === undefined ? [] : [{ ...row, value }]))
  }

  it('finds no difference in an answer that is right', async () => {
    const result = await check()
    expect(result).toMatchObject({
      outcome: 'equal',
      differenceCount: 0,
      unchecked: [],
      topics: [{ rows: 4, arriving: 0, unexplained: 0 }],
    })
    expect(result.text).toMatch(/\n0 differences$/)
  })

  it('names the bucket that is off by one, and the events behind it', async () => {
    answer = { ...right, finest: replaceFinest(0, 3) }
    const result = await check()
    expect(result).toMatchObject({
      outcome: 'different',
      differenceCount: 1,
      differences: [{ key: 'a', expected: 2, answered: 3 }],
    })
    expect(result.evidence?.rows.map(({ id }) => id)).toEqual(['p0', 'p2'])
    expect(result.text).toContain(
      'sales, key "a", 2026-01-01T12:00:00.000Z to 2026-01-01T12:00:01.000Z: expected 2, answered 3',
    )
    expect(result.text).toContain('p2 at 0/2, appended 2026-01-01T12:00:00.000Z (batch)')
    expect(result.text).toMatch(/\n1 difference$/)
  })

  it('names every event behind a group that it shares with others', async () => {
    const place = { from: null, until: null }
    const both = naiveView({ ...naiveSales, placeOf: (row) => ['everywhere', String(payloadOf(row).shop)].map((key) => ({ key, ...place })) })
    const shared = [{ key: 'a', value: 3 }, { key: 'b', value: 1 }, { key: 'everywhere', value: 4 }]
    answer = { ...right, finest: shared, all: shared }
    expect(await check({ naiveViews: [both] })).toMatchObject({ outcome: 'equal' })
    answer = { ...answer, all: shared.with(2, { key: 'everywhere', value: 5 }) }
    const result = await check({ naiveViews: [both] })
    expect(result).toMatchObject({ differenceCount: 1, differences: [{ key: 'everywhere', expected: 4, answered: 5 }] })
    expect(result.evidence?.rows.map(({ id }) => id)).toEqual(['p0', 'p1', 'p2', 'p3'])
  })

  it('names a row that is missing, and one that should not be there', async () => {
    answer = { ...right, finest: replaceFinest(2, undefined) }
    expect((await check()).text).toContain(
      'key "b", 2026-01-01T12:00:00.000Z to 2026-01-01T12:00:01.000Z: expected 1, answered no row',
    )
    answer = { ...right, all: [...right.all, { key: 'c', value: 1 }] }
    expect((await check()).text).toContain('sales (step=all), key "c", all time: expected no row, answered 1')
  })

  it('names a late repeat, and counts it as a difference only once the boundary has passed it', async () => {
    await buy(['b', 3, 'p1'])
    const repeated = { ...right, positions: { 0: 5 }, all: [right.all[0]!, { key: 'b', value: 2 }] }
    const finest = [...right.finest, { key: 'b', from: second(3), until: second(4), value: 1 }]
    answer = { ...repeated, finest }
    const early = await check()
    expect(early).toMatchObject({ outcome: 'equal', lateRepeats: [{ id: 'p1', offset: 4 }] })
    expect(early.text).toContain('purchase p1 at 0/4')
    answer = { ...repeated, finest, boundary: second(4) }
    expect(await check()).toMatchObject({ outcome: 'different', differenceCount: 2, lateRepeats: [] })
    answer = { ...right, positions: { 0: 5 }, boundary: second(4) }
    expect(await check()).toMatchObject({ outcome: 'equal', lateRepeats: [] })
  })

  it('compares with bounds where events keep arriving', async () => {
    const arriving = {
      ...right,
      positions: { 0: 3 },
      all: [
        { key: 'a', value: 2 },
        { key: 'b', value: 1 },
      ],
    }
    answer = { ...arriving, finest: replaceFinest(1, undefined) }
    expect(await check()).toMatchObject({ outcome: 'equal', topics: [{ arriving: 1 }] })
    answer = { ...arriving, finest: replaceFinest(1, 2) }
    expect(await check()).toMatchObject({
      outcome: 'different',
      differences: [{ expected: undefined, atMost: 1, answered: 2 }],
    })
  })

  it('does not call equal what it could not look at', async () => {
    answer = { ...right, complete: false, missing: ['speed'] }
    expect(await check()).toMatchObject({
      outcome: 'unchecked',
      unchecked: ['purchase: the answer of sales is incomplete: speed'],
    })
    answer = right
    expect((await check({ naiveViews: [] })).text).toBe(
      'purchase: 4 raw rows; no view reads it\n' +
        '  4 log records; dead letters 0, late or conflicting repeats 0, ticks and other repeats 0\n' +
        'not checked: sales: there is no naive count of this view\nnot checked',
    )
    await api.close()
    expect(await check()).toMatchObject({ outcome: 'unchecked' })
  })

  it('waits for raw rows that are behind the log', async () => {
    await log.append('purchase', [{ key: null, value: null, headers: { 'twofold-tick': '1' }, partition: 0 }])
    answer = { ...right, positions: { 0: 5 } }
    const checking = check()
    await write([], { nextOffset: 5 })
    expect(await checking).toMatchObject({ outcome: 'equal', topics: [{ rows: 4, records: 5, unexplained: 1 }] })
  })

  it('holds the raw rows against a ledger', async () => {
    const ledger = openLedger()
    const note = (id: string, shop: string, outcome: LedgerEntry['outcome']) => {
      ledger.noteSent({ topic: 'purchase', id, payload: { shop } })
      if (outcome !== 'sent') ledger.noteOutcome({ topic: 'purchase', id }, outcome)
    }
    note('p0', 'a', 'acknowledged')
    note('p1', 'c', 'acknowledged')
    note('p2', 'a', 'refused')
    note('p8', 'a', 'sent')
    note('p9', 'a', 'acknowledged')
    const { outcome, ledgerFaults, text } = await check({ ledger })
    expect(outcome).toBe('different')
    expect(ledgerFaults.map(({ kind, id }) => [kind, id])).toEqual([
      ['other payload', 'p1'],
      ['refused but stored', 'p2'],
      ['never sent', 'p3'],
      ['lost', 'p9'],
    ])
    expect(text).toContain('lost: purchase p9')
    expect(text).toMatch(/\n4 differences$/)
  })

  it('reads the whole log on demand, and names a record that is stored nowhere', async () => {
    await buy(['b', 3, 'p1'])
    const named = { key: null, value: '{"shop":"a"}', partition: 0 }
    await log.append('purchase', [
      { ...named, headers: { ce_id: 'p0' } },
      { ...named, value: null, headers: { 'twofold-tick': '1' } },
    ])
    await write([], { nextOffset: 7 })
    answer = { ...right, positions: { 0: 7 }, boundary: second(9) }
    const whole = await check({ readsLog: true })
    expect(whole).toMatchObject({
      outcome: 'different',
      faults: 1,
      topics: [{ logCheck: { ticks: 1, repeats: 1, lost: ['0/4'] } }],
    })
    expect(whole.text).toContain('lost: the record at 0/4')
  })

  it('sees more rows and dead letters than the log ever had', async () => {
    await log.append('purchase', [{ key: null, value: null, headers: {}, partition: 0 }])
    answer = { ...right, positions: { 0: 5 } }
    const letter = { appendedAt: Date.parse(second(9)), reason: 'forged', key: null, value: null, headers: '{}' }
    const deadLetters = [0, 4].map((offset) => ({ ...letter, offset }))
    await write([], { deadLetters, nextOffset: 5 })
    const { outcome, text } = await check()
    expect(outcome).toBe('different')
    expect(text).toContain('1 rows, repeats or dead letters were never in the log')
  })
})
