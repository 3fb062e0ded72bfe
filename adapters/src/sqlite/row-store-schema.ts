import type { DatabaseSync } from 'node:sqlite'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { RawColumn } from '@twofold/core/ports/row-store.ts'
import { type AppliedMigration, checksumOf, type Migration, pendingMigrations } from '../migrations.ts'
import type { RawTablePlan } from '../raw-table.ts'

export const rowStoreMigrations: readonly Migration[] = [
  {
    number: 1,
    statements: [
      `CREATE TABLE IF NOT EXISTS row_positions (
         topic TEXT NOT NULL, log_partition INTEGER NOT NULL,
         next_offset INTEGER NOT NULL, appended_at INTEGER NOT NULL,
         PRIMARY KEY (topic, log_partition)) STRICT, WITHOUT ROWID`,
      `CREATE TABLE IF NOT EXISTS repeats (
         topic TEXT NOT NULL, log_partition INTEGER NOT NULL, log_offset INTEGER NOT NULL,
         event_id TEXT NOT NULL, appended_at INTEGER NOT NULL, occurred_at INTEGER NOT NULL, payload TEXT NOT NULL,
         is_late INTEGER NOT NULL, is_conflict INTEGER NOT NULL,
         UNIQUE (topic, log_partition, log_offset)) STRICT`,
      'CREATE INDEX IF NOT EXISTS repeats_newest ON repeats (topic, appended_at, log_partition, log_offset)',
      `CREATE TABLE IF NOT EXISTS dead_letters (
         topic TEXT NOT NULL, log_partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, appended_at INTEGER NOT NULL,
         reason TEXT NOT NULL, record_key BLOB, record_value BLOB, headers TEXT NOT NULL,
         UNIQUE (topic, log_partition, log_offset)) STRICT`,
      'CREATE INDEX IF NOT EXISTS dead_letters_newest ON dead_letters (topic, appended_at, log_partition, log_offset)',
      `CREATE TABLE IF NOT EXISTS leases (
         lease TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
      `CREATE TABLE IF NOT EXISTS runs (
         run INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, created_at INTEGER NOT NULL,
         boundary INTEGER, published_at INTEGER, publish_order INTEGER UNIQUE) STRICT`,
      `CREATE TABLE IF NOT EXISTS views (
         view_id INTEGER PRIMARY KEY, view TEXT NOT NULL, version TEXT NOT NULL, UNIQUE (view, version)) STRICT`,
      `CREATE TABLE IF NOT EXISTS run_views (
         run INTEGER NOT NULL, view_id INTEGER NOT NULL, place INTEGER NOT NULL,
         PRIMARY KEY (view_id, run)) STRICT, WITHOUT ROWID`,
      'CREATE INDEX IF NOT EXISTS run_views_by_run ON run_views (run, place)',
      `CREATE TABLE IF NOT EXISTS run_rows (
         run INTEGER NOT NULL, view_id INTEGER NOT NULL, is_total INTEGER NOT NULL, row_key TEXT NOT NULL,
         bucket_from INTEGER NOT NULL, step_order INTEGER NOT NULL, state TEXT NOT NULL,
         PRIMARY KEY (run, view_id, is_total, row_key, bucket_from, step_order)) STRICT, WITHOUT ROWID`,
    ],
  },
]

/** Applies what is missing. Call it inside a transaction: processes that start at once then wait for each other. */
export function migrate(database: DatabaseSync, migrations: readonly Migration[]): void {
  database.exec('CREATE TABLE IF NOT EXISTS row_migrations (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT')
  const applied = database.prepare('SELECT number, checksum FROM row_migrations').all() as unknown as AppliedMigration[]
  for (const migration of pendingMigrations(migrations, applied)) {
    for (const statement of migration.statements) database.exec(statement)
    database.prepare('INSERT INTO row_migrations VALUES (?, ?)').run(migration.number, checksumOf(migration))
  }
}

const types = { text: 'TEXT', integer: 'INTEGER', real: 'REAL', boolean: 'INTEGER' } as const

/** Makes a raw table or adds the columns that it lacks. A column can't become another kind (INVALID_CONFIG). */
export function prepareRawTable(database: DatabaseSync, { table, columns }: RawTablePlan): void {
  // `log_place` is partition and offset in one number: the table lies on disk in the order in which it is scanned.
  database.exec(`CREATE TABLE IF NOT EXISTS "${table}" (
    log_place INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, log_partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL, appended_at INTEGER NOT NULL, slice INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
    payload TEXT NOT NULL) STRICT`)
  const found = database.prepare('SELECT lower(name) AS name, type FROM pragma_table_info(?)').all(table)
  const typeOf = new Map(found.map(({ name, type }) => [name as string, type as string]))
  for (const column of columns) prepareColumn(database, table, column, typeOf.get(column.name.toLowerCase()))
}

function prepareColumn(database: DatabaseSync, table: string, { name, kind }: RawColumn, found?: string): void {
  if (found === undefined) return database.exec(`ALTER TABLE "${table}" ADD COLUMN "${name}" ${types[kind]}`)
  if (found === types[kind]) return
  const message = `column ${name} of ${table} holds ${found} and can't become ${kind}: choose another field name`
  throw new TwofoldError('INVALID_CONFIG', message)
}
