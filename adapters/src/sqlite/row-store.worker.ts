import type {
  RawTable,
  RowBatch,
  RunRow,
  RunRowQuery,
  RunToPublish,
  ViewVersion,
} from '@twofold/core/ports/row-store.ts'
import { planRawTable, planRawTables } from '../raw-table.ts'
import type { PageRequest } from '../scan-pages.ts'
import { openDatabase } from './database.ts'
import { holdLease, releaseLease } from './leases.ts'
import { readDeadLetters, readPage, readRepeats } from './raw-reads.ts'
import { openPosition, readPositions, writeRows } from './raw-rows.ts'
import { migrate, prepareRawTable, rowStoreMigrations } from './row-store-schema.ts'
import { readRunRows, sweepRuns, writeRunRows } from './run-rows.ts'
import { createRun, publishRun, readNewestRun, readRun } from './runs.ts'
import { createStatements } from './statements.ts'
import type { SyncStore } from './worker.ts'

export interface RowStoreWorkerOptions {
  readonly path: string
  readonly tables: readonly RawTable[]
}

/** The synchronous half of the row store; it runs in a thread of its own. Times come from the caller's clock. */
export function createSyncStore({ path, tables }: RowStoreWorkerOptions): SyncStore {
  const database = openDatabase({ path, synchronous: 'NORMAL' })
  const sql = createStatements(database)
  const planOf = planRawTables(tables)
  const prepare = (): void => {
    migrate(database, rowStoreMigrations)
    for (const table of tables) prepareRawTable(database, planRawTable(table))
  }
  const writing = {
    prepare,
    openPosition: (topic: string, partition: number) => openPosition(sql, topic, partition),
    writeRows: (batch: RowBatch) => writeRows(sql, planOf(batch.topic), batch),
    holdLease: (lease: string, owner: string, ttlMs: number, now: number) => holdLease(sql, lease, owner, ttlMs, now),
    releaseLease: (lease: string, owner: string) => releaseLease(sql, lease, owner),
    createRun: (owner: string, now: number) => createRun(sql, owner, now),
    writeRunRows: (run: number, view: ViewVersion, rows: RunRow[]) => writeRunRows(sql, run, view, rows),
    publishRun: (run: RunToPublish, now: number) => publishRun(sql, run, now),
    sweepRuns: (keep: number, before: number) => sweepRuns(sql, keep, before),
  }
  const reading = {
    readPositions: (topic: string) => readPositions(sql, topic),
    readPage: (topic: string, request: PageRequest) => readPage(sql, planOf(topic), request),
    readDeadLetters: (topic: string, limit: number) => readDeadLetters(sql, topic, limit),
    readRepeats: (topic: string, limit: number) => readRepeats(sql, topic, limit),
    readNewestRun: (view?: ViewVersion) => readNewestRun(sql, view),
    readRun: (run: number) => readRun(sql, run),
    readRunRows: (query: RunRowQuery) => readRunRows(sql, query),
    ping: () => void sql('SELECT 1').get(),
    close: () => database.close(),
  }
  return { database, methods: { ...writing, ...reading }, writes: Object.keys(writing) }
}
