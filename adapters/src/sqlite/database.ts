import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TwofoldError } from '@twofold/core/errors.ts'

/** Versions before this one can corrupt a database in WAL mode when two connections write at once. */
const oldestSafeVersion = '3.51.3'

const sqliteBusy = 5
const pauseMs = 20
const maxAttempts = 250

export interface DatabaseOptions {
  readonly path: string
  /** FULL survives a power cut after every commit; NORMAL may lose the newest commits, never consistency. */
  readonly synchronous: 'FULL' | 'NORMAL'
}

/** Opens (and makes) a database file in WAL mode. Refuses a SQLite with the WAL corruption bug. */
export function openDatabase({ path, synchronous }: DatabaseOptions): DatabaseSync {
  refuseUnsafeVersion(process.versions.sqlite ?? '0')
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path, { timeout: 10_000 })
  switchToWal(database)
  database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON;`)
  return database
}

/** Of two that make a file at once one is refused: the switch does not wait for a lock, as all else does. */
function switchToWal(database: DatabaseSync): void {
  for (let attempts = 1; ; attempts++) {
    try {
      return database.exec('PRAGMA journal_mode = WAL')
    } catch (error) {
      // The low byte: the others say why it is busy.
      const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff
      if (code !== sqliteBusy || attempts === maxAttempts) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}

export function refuseUnsafeVersion(version: string): void {
  if (compareVersions(version, oldestSafeVersion) >= 0) return
  throw new TwofoldError(
    'UNSUPPORTED_RUNTIME',
    `SQLite ${version} can corrupt its write-ahead log; use a Node.js with SQLite ${oldestSafeVersion} or later`,
  )
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left.split('.').map(Number), right.split('.').map(Number)]
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) - (b[i] ?? 0)
  return 0
}
