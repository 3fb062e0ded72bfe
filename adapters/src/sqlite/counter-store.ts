import type { Cell, CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { CounterStoreWorkerOptions } from './counter-store.worker.ts'
import { openWorker } from './worker.ts'

export interface SqliteCounterStoreOptions {
  /** The database file; it is made when it is missing. */
  readonly path: string
  /** How long a cell lives after its last write, in milliseconds. */
  readonly cellTtlMs: number
  /** The clock that cells expire by, in milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The embedded counter store, for one process on one machine.
 *
 * A write that resolved survives a kill of the process. It isn't synced to disk one by one (`synchronous = NORMAL`):
 * the log is the checkpoint. After a power cut the file holds some earlier state in which, as always, no position
 * is newer than its cells (both are in this one database, in the order of their writes), and the rest is replayed.
 *
 * Rejects with STORE_UNAVAILABLE when the file can't be read or written, and with CLOSED after `close`.
 */
export async function openSqliteCounterStore(options: SqliteCounterStoreOptions): Promise<CounterStore> {
  const { path, cellTtlMs, now } = options
  const module = new URL('./counter-store.worker.ts', import.meta.url).href
  const workerOptions: CounterStoreWorkerOptions = { path, cellTtlMs }
  const worker = await openWorker({ module, options: workerOptions }, 'STORE_UNAVAILABLE')
  let closed: Promise<void> | undefined
  return {
    writeCells: (cells) => worker.call<void>('writeCells', cells, now()),
    readCells: (query) => worker.call<Cell[]>('readCells', query, now()),
    writePositions: (positions) => worker.call<void>('writePositions', positions),
    readPositions: (view, version) => worker.call<ViewPosition[]>('readPositions', view, version),
    ping: () => worker.call<void>('ping'),
    close: () => (closed ??= worker.close()),
  }
}
