import { TwofoldError } from '@twofold/core/errors.ts'
import type { RawColumn, RawTable } from '@twofold/core/ports/row-store.ts'

/** Longest event id and longest key of a run row, in UTF-16 code units: what a MySQL index takes (3,072 bytes). */
export const maxKeyLength = 700

export const systemColumns = [
  'log_partition',
  'log_offset',
  'event_id',
  'appended_at',
  'slice',
  'occurred_at',
  'payload',
  'log_place',
] as const

/** Where the rows of one event type are kept: names that are safe inside SQL. */
export interface RawTablePlan {
  readonly table: string
  /** In the order of the event's columns. */
  readonly columns: readonly RawColumn[]
}

/**
 * Names of a raw table and its columns. Only names from an allow-list get into SQL, everything else is refused
 * (INVALID_CONFIG). A topic has no underscores, so that two topics can't share a table. A field called like one of our
 * own columns becomes `field_<name>`.
 */
export function planRawTable({ topic, columns }: RawTable): RawTablePlan {
  const plan = { table: `raw_${topic.replaceAll('-', '_')}`, columns: columns.map(planColumn) }
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(topic) || plan.table.length > 60)
    throw refuse(`topic ${JSON.stringify(topic)} must be kebab-case and at most 56 characters`)
  const names = new Set(plan.columns.map((column) => column.name.toLowerCase()))
  if (names.size < columns.length) throw refuse(`two fields of ${topic} need the same column`)
  return plan
}

function planColumn(column: RawColumn): RawColumn {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,50}$/.test(column.name))
    throw refuse(`column ${JSON.stringify(column.name)} must be a letter, then up to 50 letters, digits or underscores`)
  const isOurs = (systemColumns as readonly string[]).includes(column.name.toLowerCase())
  return isOurs ? { ...column, name: `field_${column.name}` } : column
}

/** Plans by topic. Reading an undeclared topic is refused (INVALID_CONFIG). */
export function planRawTables(tables: readonly RawTable[]): (topic: string) => RawTablePlan {
  const plans = new Map(tables.map((table) => [table.topic, planRawTable(table)]))
  return (topic) => {
    const plan = plans.get(topic)
    if (!plan) throw refuse(`there is no raw table for topic ${JSON.stringify(topic)}`)
    return plan
  }
}

/** Both stores have one limit, so that an id is not welcome in one and refused by the other. */
export function refuseLongKey(key: string): void {
  if (key.length <= maxKeyLength) return
  const message = `an id or key may have ${maxKeyLength} code units, this has ${key.length}: ${key.slice(0, 40)}…`
  throw new TwofoldError('LIMIT_EXCEEDED', message)
}

function refuse(message: string): TwofoldError {
  return new TwofoldError('INVALID_CONFIG', message)
}
