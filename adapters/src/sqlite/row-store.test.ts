import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { rowStoreContract } from '@twofold/core/ports/row-store.contract.ts'
import type { RawTable } from '@twofold/core/ports/row-store.ts'
import { afterAll, expect, test } from 'vitest'
import { planRawTable } from '../raw-table.ts'
import { migrate, rowStoreMigrations } from './row-store-schema.ts'
import { openSqliteRowStore } from './row-store.ts'

const directory = mkdtempSync(join(tmpdir(), 'twofold-row-store-'))
const path = join(directory, 'rows.db')
afterAll(() => rmSync(directory, { recursive: true }))

rowStoreContract({
  name: 'sqlite',
  open: async (tables) => ({ store: await openSqliteRowStore({ path, tables, now: Date.now }) }),
  readColumns: async (table: RawTable, id: string) => {
    const plan = planRawTable(table)
    const database = new DatabaseSync(path)
    const names = plan.columns.map((column) => `"${column.name}"`).join(', ')
    const row = database.prepare(`SELECT ${names} FROM ${plan.table} WHERE event_id = ?`).get(id)
    database.close()
    return Object.values(row!)
  },
})

test('a lease follows the clock that was passed in', async () => {
  let time = 1000
  const store = await openSqliteRowStore({ path: join(directory, 'clock.db'), tables: [], now: () => time })
  expect(await store.holdLease('lease', 'a', 500)).toBe(true)
  time = 1499
  expect(await store.holdLease('lease', 'b', 500)).toBe(false)
  time = 1500
  expect(await store.holdLease('lease', 'b', 500)).toBe(true)
  await store.close()
})

test('several processes may start at once on a fresh file', async () => {
  const tables = [{ topic: 'fresh', columns: [{ name: 'n', kind: 'integer' } as const] }]
  const options = { path: join(directory, 'fresh.db'), tables, now: Date.now }
  const stores = await Promise.all([1, 2, 3, 4].map(() => openSqliteRowStore(options)))
  await Promise.all(stores.map((store) => store.openPosition('fresh', 0)))
  for (const store of stores) await store.close()
})

test('an applied migration that was edited is refused', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, rowStoreMigrations)
  migrate(database, rowStoreMigrations)
  const edited = rowStoreMigrations.map((one) => ({ ...one, statements: [...one.statements, 'SELECT 1'] }))
  expect(() => migrate(database, edited)).toThrow(expect.objectContaining({ code: 'MIGRATION_CHANGED' }))
})
