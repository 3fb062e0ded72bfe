import { createHash } from 'node:crypto'
import { TwofoldError } from '@twofold/core/errors.ts'

/**
 * One step of a store's fixed tables. Numbers count from 1. A statement must be repeatable (`IF NOT EXISTS`): MySQL
 * commits each on its own, so a migration that was cut off runs again from its first statement.
 */
export interface Migration {
  readonly number: number
  readonly statements: readonly string[]
}

export interface AppliedMigration {
  readonly number: number
  readonly checksum: string
}

/** Of the statements' words: an SQL text that was only laid out anew is the same migration. */
export function checksumOf({ statements }: Migration): string {
  const text = statements.join(';').replace(/\s+/g, ' ')
  return createHash('sha256').update(text).digest('hex')
}

/**
 * What is still to be applied, in order. An applied migration that was edited since is refused (MIGRATION_CHANGED):
 * write a new one instead. Applied numbers beyond the list belong to a newer program and are left alone, so that old
 * and new processes can run beside each other during a rollout.
 */
export function pendingMigrations(all: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const checksums = new Map(applied.map(({ number, checksum }) => [number, checksum]))
  for (const [at, migration] of all.entries()) {
    if (migration.number !== at + 1) throw new RangeError(`migration ${migration.number} stands at place ${at + 1}`)
    const checksum = checksums.get(migration.number)
    if (checksum !== undefined && checksum !== checksumOf(migration)) throw changed(migration)
  }
  return all.filter(({ number }) => !checksums.has(number))
}

function changed({ number }: Migration): TwofoldError {
  const message = `migration ${number} was edited after it had been applied; restore it and add a new one`
  return new TwofoldError('MIGRATION_CHANGED', message)
}
