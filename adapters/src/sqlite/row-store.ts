import type { RawTable, RowPosition, RowStore, ScannedRow } from '@twofold/core/ports/row-store.ts'
import { refuseKeepNothing } from '../boundary.ts'
import { planRawTables } from '../raw-table.ts'
import { scanPages } from '../scan-pages.ts'
import { type PageColumns, rowsOfPage } from './raw-reads.ts'
import type { RowStoreWorkerOptions } from './row-store.worker.ts'
import { openWorker, type StoreWorker } from './worker.ts'

export interface SqliteRowStoreOptions {
  /** The database file; it is made when it is missing. */
  readonly path: string
  readonly tables: readonly RawTable[]
  /** The clock that decides about leases, in milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The embedded row store, for processes on one machine.
 *
 * A write that resolved survives a kill of the process. It isn't synced to disk one by one (`synchronous = NORMAL`):
 * a power cut may take back the newest commits, rows and position alike, and the rows are replayed from the log.
 *
 * Rejects with INVALID_CONFIG for tables that can't be made, MIGRATION_CHANGED, STORE_UNAVAILABLE when the file can't
 * be read or written, and CLOSED after `close`.
 */
export async function openSqliteRowStore({ path, tables, now }: SqliteRowStoreOptions): Promise<RowStore> {
  const planOf = planRawTables(tables)
  const options: RowStoreWorkerOptions = { path, tables }
  const module = new URL('./row-store.worker.ts', import.meta.url).href
  const worker = await openWorker({ module, options }, 'STORE_UNAVAILABLE')
  await worker.call('prepare').catch(async (error: unknown) => {
    await worker.close()
    throw error
  })
  return { ...createRows(worker, planOf), ...createRuns(worker, now), ...createLife(worker) }
}

type PlanOf = ReturnType<typeof planRawTables>
type Chunks = AsyncGenerator<readonly ScannedRow[]>
type Rows = Pick<
  RowStore,
  'openPosition' | 'readPositions' | 'writeRows' | 'scanRows' | 'readDeadLetters' | 'readRepeats'
>

function createRows(worker: StoreWorker, planOf: PlanOf): Rows {
  return {
    openPosition: (topic, partition) => worker.call('openPosition', topic, partition),
    readPositions: (topic) => worker.call('readPositions', topic),
    writeRows: (batch) => worker.call('writeRows', batch),
    scanRows: (topic, before) => scanTable(worker, planOf, topic, before),
    readDeadLetters: (topic, limit) => worker.call('readDeadLetters', topic, limit),
    readRepeats: (topic, limit) => worker.call('readRepeats', topic, limit),
  }
}

async function* scanTable(worker: StoreWorker, planOf: PlanOf, topic: string, before: number): Chunks {
  planOf(topic)
  const positions = await worker.call<RowPosition[]>('readPositions', topic)
  const partitions = positions.map(({ partition }) => partition)
  yield* scanPages(partitions, before, async (request) =>
    rowsOfPage(await worker.call<PageColumns>('readPage', topic, request), request.partition),
  )
}

type Runs = Omit<RowStore, keyof Rows | keyof Life>

function createRuns(worker: StoreWorker, now: () => number): Runs {
  return {
    holdLease: (lease, owner, ttlMs) => worker.call('holdLease', lease, owner, ttlMs, now()),
    releaseLease: (lease, owner) => worker.call('releaseLease', lease, owner),
    createRun: (owner) => worker.call('createRun', owner, now()),
    writeRunRows: (run, view, rows) => worker.call('writeRunRows', run, view, rows),
    publishRun: (run) => worker.call('publishRun', run, now()),
    readNewestRun: (view) => worker.call('readNewestRun', view),
    readRun: (run) => worker.call('readRun', run),
    readRunRows: (query) => worker.call('readRunRows', query),
    sweepRuns: async (keep, graceMs) => {
      refuseKeepNothing(keep)
      return worker.call('sweepRuns', keep, now() - graceMs)
    },
  }
}

type Life = Pick<RowStore, 'ping' | 'close'>

function createLife(worker: StoreWorker): Life {
  let closed: Promise<void> | undefined
  return {
    ping: () => worker.call('ping'),
    close: () => (closed ??= worker.close()),
  }
}
