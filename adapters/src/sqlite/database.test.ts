import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDatabase, refuseUnsafeVersion } from './database.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-database-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a database is made with its folder, in WAL mode', () => {
  const database = openDatabase({ path: join(folder, 'a', 'b', 'c.db'), synchronous: 'FULL' })
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  database.close()
})

test('the cheaper durability is what it was asked for', () => {
  const database = openDatabase({ path: join(folder, 'normal.db'), synchronous: 'NORMAL' })
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 })
  database.close()
})

test.each(['3.51.2', '3.50.99', '3.9.0', '2.99.99', '0'])('SQLite %s is refused for its WAL bug', (version) => {
  expect(() => refuseUnsafeVersion(version)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_RUNTIME' }))
})

test.each(['3.51.3', '3.51.10', '3.53.4', '4.0.0'])('SQLite %s is taken', (version) => {
  expect(() => refuseUnsafeVersion(version)).not.toThrow()
})
