import { expect, test } from 'vitest'
import { checksumOf, pendingMigrations } from './migrations.ts'

const one = { number: 1, statements: ['CREATE TABLE a (x)'] }
const two = { number: 2, statements: ['CREATE TABLE b (x)', 'CREATE TABLE c (x)'] }
const applied = [one, two].map((migration) => ({ number: migration.number, checksum: checksumOf(migration) }))

test('what was not applied yet is pending, in order', () => {
  expect(pendingMigrations([one, two], [])).toEqual([one, two])
  expect(pendingMigrations([one, two], applied.slice(0, 1))).toEqual([two])
  expect(pendingMigrations([one, two], applied)).toEqual([])
})

test('an edited migration is refused', () => {
  const edited = { number: 1, statements: ['CREATE TABLE a (y)'] }
  const refused = expect.objectContaining({ code: 'MIGRATION_CHANGED' })
  expect(() => pendingMigrations([edited, two], applied)).toThrow(refused)
})

test('a migration that was only laid out anew is the same', () => {
  const laidOut = { number: 1, statements: ['CREATE TABLE\n  a (x)'] }
  expect(pendingMigrations([laidOut, two], applied)).toEqual([])
})

test('a migration of a newer program is left alone', () => {
  expect(pendingMigrations([one], applied)).toEqual([])
})

test('a gap in the numbers is a mistake', () => {
  expect(() => pendingMigrations([two], [])).toThrow(RangeError)
})
