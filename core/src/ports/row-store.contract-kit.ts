import { test } from 'vitest'
import type {
  DeadLetter,
  RawColumn,
  RawRow,
  RawTable,
  RowBatchResult,
  RowStore,
  RunRow,
  ScannedRow,
  ViewVersion,
} from './row-store.ts'

/** What an adapter brings to its contract suite. Every `open` opens the same database. */
export interface RowStoreContract {
  readonly name: string
  open(tables: RawTable[]): Promise<{ readonly store: RowStore; close?(): Promise<void> }>
  /** The typed columns of a row, read around the port, in the table's order; a boolean as 0 or 1. */
  readColumns(table: RawTable, id: string): Promise<unknown[]>
  /** Clause title to the reason why this adapter can't keep it. */
  readonly lacks?: Readonly<Record<string, string>>
}

export interface Bench {
  open(...tables: RawTable[]): Promise<RowStore>
  readColumns(table: RawTable, id: string): Promise<unknown[]>
}

export type Clause = (title: string, body: (bench: Bench) => Promise<void>) => void

/** A clause is one test with a fresh bench; everything that it opened is closed after it. */
export function createClause(contract: RowStoreContract): Clause {
  return (title, body) => {
    const reason = contract.lacks?.[title]
    if (reason !== undefined) return test.skip(`${title} — declared: ${reason}`)
    test(title, { timeout: 120_000 }, async () => {
      const closings: (() => Promise<void>)[] = []
      const open = async (...tables: RawTable[]): Promise<RowStore> => {
        const opened = await contract.open(tables)
        closings.push(opened.close ?? (() => opened.store.close()))
        return opened.store
      }
      try {
        await body({ open, readColumns: contract.readColumns })
      } finally {
        for (const close of closings) await close()
      }
    })
  }
}

/** Servers are shared between suites: every name is used once. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`
}

export function newTable(...columns: RawColumn[]): RawTable {
  return { topic: uniqueName('contract'), columns }
}

export function newView(name = 'view'): ViewVersion {
  return { view: uniqueName(name), version: '1' }
}

/** Appended at 1,000,000 ms plus its offset, in slices of 1,000 ms. */
export function row(offset: number, fields: Partial<RawRow> = {}): RawRow {
  const appendedAt = fields.appendedAt ?? 1_000_000 + offset
  return {
    id: `id-${offset}`,
    offset,
    appendedAt,
    slice: Math.floor(appendedAt / 1000) * 1000,
    occurredAt: appendedAt - 7,
    payload: `{"n":${offset}}`,
    columns: [],
    ...fields,
  }
}

export interface AppendOptions {
  readonly partition?: number
  readonly dedupHorizonMs?: number
  readonly deadLetters?: DeadLetter[]
}

/** Writes rows after what the partition holds, as a worker does that owns it. */
export async function append(
  store: RowStore,
  { topic }: RawTable,
  rows: RawRow[],
  { partition = 0, dedupHorizonMs = 1000, deadLetters = [] }: AppendOptions = {},
): Promise<RowBatchResult> {
  const position = await store.openPosition(topic, partition)
  const records = [...rows, ...deadLetters]
  return store.writeRows({
    topic,
    partition,
    rows,
    deadLetters,
    expectedOffset: position.nextOffset,
    nextOffset: Math.max(position.nextOffset, ...records.map((record) => record.offset + 1)),
    appendedAt: Math.max(position.appendedAt, ...records.map((record) => record.appendedAt)),
    dedupHorizonMs,
  })
}

export const endOfTime = Number.MAX_SAFE_INTEGER

export async function scan(store: RowStore, { topic }: RawTable, before = endOfTime): Promise<ScannedRow[]> {
  const rows: ScannedRow[] = []
  for await (const chunk of store.scanRows(topic, before)) rows.push(...chunk)
  return rows
}

export function runRow(key: string, from: number, stepMs: number, state = '1'): RunRow {
  return { key, from, stepMs, state }
}

export interface PublishOptions {
  readonly boundary: number
  readonly views: readonly ViewVersion[]
  /** Written for every one of the views. */
  readonly rows?: readonly RunRow[]
}

/** Takes a lease, makes a run, fills it and publishes it. Answers its number. */
export async function publish(store: RowStore, { boundary, views, rows = [] }: PublishOptions): Promise<number> {
  const lease = uniqueName('lease')
  await store.holdLease(lease, 'worker', 60_000)
  const run = await store.createRun('worker')
  for (const view of views) await store.writeRunRows(run, view, rows)
  await store.publishRun({ run, owner: 'worker', lease, boundary, views })
  return run
}

export function refusal(code: string): object {
  return { name: 'TwofoldError', code }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
