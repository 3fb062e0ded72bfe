import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Cell, CellQuery, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import { openDatabase } from './database.ts'
import type { SyncStore } from './worker.ts'

export interface CounterStoreWorkerOptions {
  readonly path: string
  readonly cellTtlMs: number
}

/** How many expired cells one write removes at most, so that no write waits long. */
const sweepLimit = 10_000

/** The cells of one (view, version, slice, partition) form a group; a cell names its group by number. */
const schema = `
  CREATE TABLE IF NOT EXISTS cell_groups (
    id INTEGER PRIMARY KEY,
    view TEXT NOT NULL, version TEXT NOT NULL, slice INTEGER NOT NULL, "partition" INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (view, version, slice, "partition")
  ) STRICT;
  CREATE INDEX IF NOT EXISTS cell_groups_by_expiry ON cell_groups (expires_at);
  CREATE TABLE IF NOT EXISTS cells (
    group_id INTEGER NOT NULL, key TEXT NOT NULL, step INTEGER NOT NULL, "from" INTEGER NOT NULL,
    "offset" INTEGER NOT NULL, expires_at INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (group_id, key, step, "from")
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS positions (
    view TEXT NOT NULL, version TEXT NOT NULL, "partition" INTEGER NOT NULL,
    first_slice INTEGER NOT NULL, since INTEGER, next_offset INTEGER NOT NULL, appended_at INTEGER NOT NULL,
    PRIMARY KEY (view, version, "partition")
  ) STRICT, WITHOUT ROWID;
`

// An equal offset means an equal state: writing it again only renews the time to live.
const upsertCell = `
  INSERT INTO cells (group_id, key, step, "from", "offset", expires_at, state) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET "offset" = excluded."offset", expires_at = excluded.expires_at, state = excluded.state
  WHERE excluded."offset" >= "offset"`

const upsertGroup = `
  INSERT INTO cell_groups (view, version, slice, "partition", expires_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET expires_at = max(expires_at, excluded.expires_at) RETURNING id`

const upsertPosition = `
  INSERT INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET first_slice = excluded.first_slice, since = excluded.since,
    next_offset = excluded.next_offset, appended_at = excluded.appended_at
  WHERE (excluded.next_offset, excluded.first_slice) > (next_offset, first_slice)`

// Keys travel as hex: JSON in SQLite ends a text at its first NUL character in some versions.
const selectCells = (withKeys: boolean): string => `
  SELECT view, version, slice, "partition", key, step AS stepMs, "from", state, "offset"
  FROM cell_groups JOIN cells ON group_id = id
  WHERE view = ? AND version = ?
    AND slice IN (SELECT value FROM json_each(?)) AND "partition" IN (SELECT value FROM json_each(?))
    AND cells.expires_at > ? AND (step = 0 OR ("from" < ? AND "from" + step > ?))
    ${withKeys ? 'AND key IN (SELECT CAST(unhex(value) AS TEXT) FROM json_each(?))' : ''}`

const selectPositions = `
  SELECT view, version, "partition", first_slice AS firstSlice, since, next_offset AS nextOffset,
    appended_at AS appendedAt
  FROM positions WHERE view = ? AND version = ?`

/** The synchronous half of the counter store; it runs in a thread of its own. */
export function createSyncStore({ path, cellTtlMs }: CounterStoreWorkerOptions): SyncStore {
  const database = openDatabase({ path, synchronous: 'NORMAL' })
  database.exec(schema)
  const writeCells = createCellWriter(database, cellTtlMs)
  const sweep = createSweep(database)
  const readCells = createCellReader(database)
  const putPosition = database.prepare(upsertPosition)
  const listPositions = database.prepare(selectPositions)
  return {
    database,
    writes: ['writeCells', 'writePositions'],
    methods: {
      writeCells: (cells: readonly Cell[], now: number) => {
        writeCells(cells, now)
        sweep(now)
      },
      writePositions: (positions: readonly ViewPosition[]) =>
        positions.forEach((position) => writePosition(putPosition, position)),
      readCells,
      readPositions: (view: string, version: string) => listPositions.all(view, version),
      ping: () => database.exec('SELECT 1'),
      close: () => database.close(),
    },
  }
}

function createCellWriter(database: DatabaseSync, cellTtlMs: number): (cells: readonly Cell[], now: number) => void {
  const putGroup = database.prepare(upsertGroup)
  const putCell = database.prepare(upsertCell)
  return (cells, now) => {
    const expiresAt = now + cellTtlMs
    const ids = new Map<string, number>()
    const groupOf = ({ view, version, slice, partition }: Cell): number => {
      const name = `${slice} ${partition} ${version.length} ${version}${view}`
      let id = ids.get(name)
      if (id === undefined) ids.set(name, (id = putGroup.get(view, version, slice, partition, expiresAt)!.id as number))
      return id
    }
    for (const cell of cells)
      putCell.run(groupOf(cell), cell.key, cell.stepMs, cell.from, cell.offset, expiresAt, cell.state)
  }
}

/** Removes groups whose every cell expired; a cell that expired in a living group is only hidden. */
function createSweep(database: DatabaseSync): (now: number) => void {
  const expired = database.prepare('SELECT id FROM cell_groups WHERE expires_at <= ? LIMIT 10')
  const removeCells = database.prepare(`DELETE FROM cells WHERE (group_id, key, step, "from") IN
    (SELECT group_id, key, step, "from" FROM cells WHERE group_id = ? LIMIT ?)`)
  const removeGroup = database.prepare('DELETE FROM cell_groups WHERE id = ?')
  return (now) => {
    let left = sweepLimit
    for (const { id } of expired.all(now)) {
      left -= Number(removeCells.run(id!, left).changes)
      if (left <= 0) return
      removeGroup.run(id!)
    }
  }
}

function createCellReader(database: DatabaseSync): (query: CellQuery, now: number) => unknown[] {
  const allKeys = database.prepare(selectCells(false))
  const someKeys = database.prepare(selectCells(true))
  return ({ view, version, slices, partitions, keys, from, until }, now) => {
    const bounds = [now, until ?? Number.MAX_SAFE_INTEGER, from ?? Number.MIN_SAFE_INTEGER]
    const group = [view, version, JSON.stringify(slices), JSON.stringify(partitions)]
    if (!keys) return allKeys.all(...group, ...bounds)
    return someKeys.all(...group, ...bounds, JSON.stringify(keys.map((key) => Buffer.from(key).toString('hex'))))
  }
}

function writePosition(statement: StatementSync, position: ViewPosition): void {
  const { view, version, partition, firstSlice, since, nextOffset, appendedAt } = position
  statement.run(view, version, partition, firstSlice, since, nextOffset, appendedAt)
}
