import { rowStoreContract } from '@twofold/core/ports/row-store.contract.ts'
import { append, newTable, row, scan } from '@twofold/core/ports/row-store.contract-kit.ts'
import type { RawTable } from '@twofold/core/ports/row-store.ts'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planRawTable } from '../raw-table.ts'
import { createMysqlPool } from './pool.ts'
import { openMysqlRowStore } from './row-store.ts'
import { prepareSchema, rowStoreMigrations } from './schema.ts'

const server = process.env.TWOFOLD_TEST_MYSQL_URL ?? 'mysql://set-TWOFOLD_TEST_MYSQL_URL'
// A database of our own: sweeps and migrations are not for the rows of others.
const database = `twofold_${crypto.randomUUID().slice(0, 8)}`
const url = withDatabase(database)

function withDatabase(name: string): string {
  const changed = new URL(server)
  changed.pathname = `/${name}`
  return changed.href
}

async function ask(sql: string, values: unknown[] = []): Promise<unknown[][]> {
  const connection = await createConnection({ uri: server, rowsAsArray: true })
  try {
    const [rows] = await connection.query(sql, values)
    return rows as unknown[][]
  } finally {
    await connection.end()
  }
}

beforeAll(async () => void (await ask(`CREATE DATABASE ${database}`)))
afterAll(async () => void (await ask(`DROP DATABASE ${database}`)))

async function readColumns(table: RawTable, id: string): Promise<unknown[]> {
  const plan = planRawTable(table)
  const names = plan.columns.map((column) => `\`${column.name}\``).join(', ')
  return (await ask(`SELECT ${names} FROM ${database}.${plan.table} WHERE event_id = ?`, [id]))[0]!
}

rowStoreContract({
  name: 'mysql',
  open: async (tables) => ({ store: await openMysqlRowStore({ url, tables }) }),
  readColumns,
})

test('every text column is compared as bytes', async () => {
  const table = newTable({ name: 'word', kind: 'text', maxLength: 20 }, { name: 'essay', kind: 'text' })
  await (await openMysqlRowStore({ url, tables: [table] })).close()
  const collations = await ask(
    `SELECT DISTINCT COLLATION_NAME FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND COLLATION_NAME IS NOT NULL`,
    [database],
  )
  expect(collations).toEqual([['utf8mb4_0900_bin']])
})

test('an over-long value is refused with its whole batch, never cut', async () => {
  const table = newTable({ name: 'word', kind: 'text', maxLength: 5 })
  const store = await openMysqlRowStore({ url, tables: [table] })
  const rows = [row(0, { columns: ['short'] }), row(1, { columns: ['longer'] })]
  await expect(append(store, table, rows)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  expect(await scan(store, table)).toEqual([])
  expect(await store.openPosition(table.topic, 0)).toMatchObject({ nextOffset: 0 })
  await store.close()
})

test('four processes may start at once on an empty database', async () => {
  const name = `${database}_fresh`
  await ask(`CREATE DATABASE ${name}`)
  const tables = [newTable({ name: 'n', kind: 'integer' }), newTable({ name: 'n', kind: 'real' })]
  const open = () => openMysqlRowStore({ url: withDatabase(name), tables })
  const stores = await Promise.all([open(), open(), open(), open()])
  const applied = await ask(`SELECT number FROM ${name}.row_migrations`)
  expect(applied).toEqual(rowStoreMigrations.map(({ number }) => [number]))
  for (const store of stores) await store.close()
  await ask(`DROP DATABASE ${name}`)
})

test('an applied migration that was edited is refused, and the lock is given back', async () => {
  const pool = createMysqlPool(url)
  const edited = rowStoreMigrations.map((one) => ({ ...one, statements: [...one.statements, 'SELECT 1'] }))
  await expect(prepareSchema(pool, [], edited)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' })
  await prepareSchema(pool, [], rowStoreMigrations)
  await pool.close()
})

test('wrong credentials and a missing database are faults of the configuration', async () => {
  const wrong = new URL(url)
  wrong.password = 'wrong'
  const refused = { code: 'INVALID_CONFIG', retriable: false }
  await expect(openMysqlRowStore({ url: wrong.href, tables: [] })).rejects.toMatchObject(refused)
  await expect(openMysqlRowStore({ url: withDatabase('missing'), tables: [] })).rejects.toMatchObject(refused)
})

test('many writers at once all get their turn', async () => {
  const table = newTable()
  const store = await openMysqlRowStore({ url, tables: [table] })
  const partitions = Array.from({ length: 40 }, (_, partition) => partition)
  await Promise.all(
    partitions.map((partition) => append(store, table, [row(0, { id: `${partition}` })], { partition })),
  )
  expect(await scan(store, table)).toHaveLength(40)
  await store.close()
})
