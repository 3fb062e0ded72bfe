import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Prepares a statement at its first use and keeps it. For texts of which there are few. */
export type Statements = (sql: string) => StatementSync

export function createStatements(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    let statement = prepared.get(sql)
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)))
    return statement
  }
}
