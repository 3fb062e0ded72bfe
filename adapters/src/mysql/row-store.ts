import { TwofoldError } from '@twofold/core/errors.ts'
import type { RawTable, RowStore } from '@twofold/core/ports/row-store.ts'
import { planRawTables } from '../raw-table.ts'
import type { StoreSecurity } from '../store-security.ts'
import { holdLease, releaseLease } from './leases.ts'
import { createMysqlPool, type MysqlPool } from './pool.ts'
import { readDeadLetters, readRepeats, scanTable } from './raw-reads.ts'
import { openPosition, readPositions, writeRows } from './raw-rows.ts'
import { readRunRows, sweepRuns, writeRunRows } from './run-rows.ts'
import { createRun, publishRun, readNewestRun, readRun } from './runs.ts'
import { prepareSchema } from './schema.ts'

export interface MysqlRowStoreOptions {
  /** `mysql://<user>:<password>@<host>:<port>/<database>`; the database must be there. */
  readonly url: string
  readonly tables: readonly RawTable[]
  readonly security?: StoreSecurity
}

/**
 * The row store on MySQL 8.0.19 or later (tested on 9). Makes and widens its tables at start; several processes may
 * start at once. Database time decides about leases.
 *
 * Rejects with STORE_UNAVAILABLE in bounded time while the server can't be reached (call again), INVALID_CONFIG for
 * wrong credentials, a missing database, tables that can't be made or a server that doesn't sync its commits,
 * MIGRATION_CHANGED, and CLOSED after `close`.
 */
export async function openMysqlRowStore({ url, tables, security }: MysqlRowStoreOptions): Promise<RowStore> {
  const planOf = planRawTables(tables)
  const pool = createMysqlPool(url, security)
  try {
    await refuseUnsynced(pool)
    await prepareSchema(pool, tables.map((table) => planOf(table.topic)))
  } catch (error) {
    await pool.close()
    throw error
  }
  return {
    openPosition: (topic, partition) => openPosition(pool, topic, partition),
    readPositions: (topic) => readPositions(pool, topic),
    writeRows: async (batch) => writeRows(pool, planOf(batch.topic), batch),
    scanRows: (topic, before) => scanTable(pool, planOf, topic, before),
    readDeadLetters: (topic, limit) => readDeadLetters(pool, topic, limit),
    readRepeats: (topic, limit) => readRepeats(pool, topic, limit),
    ...createRuns(pool),
    ping: async () => void (await pool.run((session) => session.rows('SELECT 1'))),
    close: () => pool.close(),
  }
}

type Runs = Pick<
  RowStore,
  | 'holdLease'
  | 'releaseLease'
  | 'createRun'
  | 'writeRunRows'
  | 'publishRun'
  | 'readNewestRun'
  | 'readRun'
  | 'readRunRows'
  | 'sweepRuns'
>

function createRuns(pool: MysqlPool): Runs {
  return {
    holdLease: (lease, owner, ttlMs) => holdLease(pool, lease, owner, ttlMs),
    releaseLease: (lease, owner) => releaseLease(pool, lease, owner),
    createRun: (owner) => createRun(pool, owner),
    writeRunRows: (run, view, rows) => writeRunRows(pool, run, view, rows),
    publishRun: (run) => publishRun(pool, run),
    readNewestRun: (view) => readNewestRun(pool, view),
    readRun: (run) => readRun(pool, run),
    readRunRows: (query) => readRunRows(pool, query),
    sweepRuns: (keep, graceMs) => sweepRuns(pool, keep, graceMs),
  }
}

/** With another setting a commit that was answered can be lost by a crash, and a published run with it. */
async function refuseUnsynced(pool: MysqlPool): Promise<void> {
  const setting = '@@GLOBAL.innodb_flush_log_at_trx_commit'
  const [row] = await pool.run((session) => session.rows<[number]>(`SELECT ${setting}`))
  if (row?.[0] === 1) return
  throw new TwofoldError('INVALID_CONFIG', `MySQL must run with innodb_flush_log_at_trx_commit=1, not ${row?.[0]}`)
}
