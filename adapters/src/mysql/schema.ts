import { TwofoldError } from '@twofold/core/errors.ts'
import type { RawColumn } from '@twofold/core/ports/row-store.ts'
import { type AppliedMigration, checksumOf, type Migration, pendingMigrations } from '../migrations.ts'
import { maxKeyLength, type RawTablePlan } from '../raw-table.ts'
import { isConnectionSound } from './failures.ts'
import type { MysqlPool, Session } from './pool.ts'

/** Bytes decide about equality and order: the default collation would make `A` and `a` one id. */
const table = 'ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin'

export const rowStoreMigrations: readonly Migration[] = [
  {
    number: 1,
    statements: [
      `CREATE TABLE IF NOT EXISTS row_positions (
         topic VARCHAR(255) NOT NULL, log_partition INT NOT NULL, next_offset BIGINT NOT NULL,
         appended_at BIGINT NOT NULL, PRIMARY KEY (topic, log_partition)) ${table}`,
      `CREATE TABLE IF NOT EXISTS repeats (
         topic VARCHAR(255) NOT NULL, log_partition INT NOT NULL, log_offset BIGINT NOT NULL,
         event_id VARCHAR(${maxKeyLength}) NOT NULL, appended_at BIGINT NOT NULL, occurred_at BIGINT NOT NULL,
         payload MEDIUMTEXT NOT NULL, is_late TINYINT NOT NULL, is_conflict TINYINT NOT NULL,
         PRIMARY KEY (topic, log_partition, log_offset), KEY newest (topic, appended_at, log_partition, log_offset))
         ${table}`,
      `CREATE TABLE IF NOT EXISTS dead_letters (
         topic VARCHAR(255) NOT NULL, log_partition INT NOT NULL, log_offset BIGINT NOT NULL,
         appended_at BIGINT NOT NULL, reason MEDIUMTEXT NOT NULL, record_key LONGBLOB, record_value LONGBLOB, headers MEDIUMTEXT NOT NULL,
         PRIMARY KEY (topic, log_partition, log_offset), KEY newest (topic, appended_at, log_partition, log_offset))
         ${table}`,
      `CREATE TABLE IF NOT EXISTS leases (
         lease VARCHAR(255) PRIMARY KEY, owner VARCHAR(255) NOT NULL, expires_at BIGINT NOT NULL) ${table}`,
      `CREATE TABLE IF NOT EXISTS runs (
         run BIGINT PRIMARY KEY AUTO_INCREMENT, owner VARCHAR(255) NOT NULL, created_at BIGINT NOT NULL,
         boundary BIGINT, published_at BIGINT, publish_order BIGINT UNIQUE,
         is_swept TINYINT NOT NULL DEFAULT 0) ${table}`,
      `CREATE TABLE IF NOT EXISTS publications (id TINYINT PRIMARY KEY, last_order BIGINT NOT NULL) ${table}`,
      'INSERT INTO publications VALUES (1, 0) ON DUPLICATE KEY UPDATE id = 1',
      `CREATE TABLE IF NOT EXISTS views (
         view_id INT PRIMARY KEY AUTO_INCREMENT, view VARCHAR(255) NOT NULL, version VARCHAR(255) NOT NULL,
         UNIQUE KEY (view, version)) ${table}`,
      `CREATE TABLE IF NOT EXISTS run_views (
         run BIGINT NOT NULL, view_id INT NOT NULL, place INT NOT NULL, PRIMARY KEY (view_id, run), KEY (run, place))
         ${table}`,
      // Clustered in the order in which rows are read: a page is one range.
      `CREATE TABLE IF NOT EXISTS run_rows (
         run BIGINT NOT NULL, view_id INT NOT NULL, is_total TINYINT NOT NULL,
         row_key VARCHAR(${maxKeyLength}) NOT NULL,
         bucket_from BIGINT NOT NULL, step_order BIGINT NOT NULL, state LONGTEXT NOT NULL,
         PRIMARY KEY (run, view_id, is_total, row_key, bucket_from, step_order)) ${table}`,
    ],
  },
]

/** How long a process waits for another that makes the tables; its caller tries again. */
const lockTimeoutSeconds = 4

/** Makes what is missing, one process at a time. Rejects with MIGRATION_CHANGED, INVALID_CONFIG, STORE_UNAVAILABLE. */
export function prepareSchema(
  pool: MysqlPool,
  plans: readonly RawTablePlan[],
  migrations: readonly Migration[] = rowStoreMigrations,
): Promise<void> {
  return pool.run(async (session) => {
    // A lock's name is of the whole server, the tables are of a database. (MySQL 9 has no MD5 of its own any more.)
    const name = "CONCAT('twofold ', LEFT(SHA2(DATABASE(), 256), 40))"
    const [locked] = await session.rows<[number | null]>(`SELECT GET_LOCK(${name}, ${lockTimeoutSeconds})`)
    if (locked?.[0] !== 1) throw new TwofoldError('STORE_UNAVAILABLE', 'another process is making the tables')
    const release = () => session.rows(`SELECT RELEASE_LOCK(${name})`)
    try {
      await migrate(session, migrations)
      for (const plan of plans) await prepareRawTable(session, plan)
    } catch (error) {
      // A connection that broke has lost its lock already.
      if (isConnectionSound(error)) await release()
      throw error
    }
    await release()
  })
}

async function migrate(session: Session, migrations: readonly Migration[]): Promise<void> {
  await session.define(`CREATE TABLE IF NOT EXISTS row_migrations (
    number INT PRIMARY KEY, checksum CHAR(64) NOT NULL) ${table}`)
  const rows = await session.rows<[number, string]>('SELECT number, checksum FROM row_migrations')
  const applied: AppliedMigration[] = rows.map(([number, checksum]) => ({ number, checksum }))
  for (const migration of pendingMigrations(migrations, applied)) {
    for (const statement of migration.statements) await session.define(statement)
    await session.write('INSERT INTO row_migrations VALUES (?, ?)', [migration.number, checksumOf(migration)])
  }
}

async function prepareRawTable(session: Session, plan: RawTablePlan): Promise<void> {
  await session.define(createRawTable(plan))
  const found = await session.rows<FoundColumn>(
    `SELECT LOWER(COLUMN_NAME), DATA_TYPE, CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
    [plan.table],
  )
  const columns = new Map(found.map((column) => [column[0], column]))
  const changes = plan.columns.flatMap((column) => changeOf(plan.table, column, columns.get(column.name.toLowerCase())))
  if (changes.length > 0) await session.define(`ALTER TABLE \`${plan.table}\` ${changes.join(', ')}`)
}

type FoundColumn = [name: string, type: string, maxLength: number | null]

/**
 * Clustered by place in the log, so that the batch layer's scan is sequential. The payload is text, not JSON: MySQL's
 * JSON type reorders members and rewrites numbers, and a repeat is compared with its first byte by byte.
 */
function createRawTable({ table: name, columns }: RawTablePlan): string {
  const typed = columns.map((column) => `\`${column.name}\` ${typeOf(column)} NULL,`)
  return `CREATE TABLE IF NOT EXISTS \`${name}\` (
    log_partition INT NOT NULL, log_offset BIGINT NOT NULL, event_id VARCHAR(${maxKeyLength}) NOT NULL,
    appended_at BIGINT NOT NULL, slice BIGINT NOT NULL, occurred_at BIGINT NOT NULL, payload MEDIUMTEXT NOT NULL,
    ${typed.join(' ')}
    PRIMARY KEY (log_partition, log_offset), UNIQUE KEY event_id (event_id)) ${table}`
}

const longestVarchar = 1000

function typeOf({ kind, maxLength = Infinity }: RawColumn): string {
  if (kind !== 'text') return { integer: 'BIGINT', real: 'DOUBLE', boolean: 'TINYINT' }[kind]
  return maxLength <= longestVarchar ? `VARCHAR(${Math.trunc(maxLength)})` : 'MEDIUMTEXT'
}

/** Only ever adds and widens; an older program may run beside a newer one. */
function changeOf(tableName: string, column: RawColumn, found: FoundColumn | undefined): string[] {
  const wanted = typeOf(column)
  if (!found) return [`ADD COLUMN \`${column.name}\` ${wanted} NULL`]
  const [, type, length] = found
  if (column.kind !== 'text' && type === wanted.toLowerCase()) return []
  if (column.kind !== 'text' || !['varchar', 'mediumtext'].includes(type)) throw changedKind(tableName, column, type)
  const isWide = type === 'mediumtext' || (length ?? 0) >= (column.maxLength ?? Infinity)
  return isWide ? [] : [`MODIFY COLUMN \`${column.name}\` ${wanted} NULL`]
}

function changedKind(tableName: string, { name, kind }: RawColumn, type: string): TwofoldError {
  const message = `column ${name} of ${tableName} holds ${type} and can't become ${kind}: choose another field name`
  return new TwofoldError('INVALID_CONFIG', message)
}
