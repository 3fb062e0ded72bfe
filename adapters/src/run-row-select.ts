import { TwofoldError } from '@twofold/core/errors.ts'
import { type RunRow, type RunRowQuery, totalStepMs } from '@twofold/core/ports/row-store.ts'

/**
 * What sorts longer steps first: the step's negative, and for all time (0), the longest of all, the lowest number that
 * is safe. Totals are told apart by `is_total`.
 */
const allTimeOrder = Number.MIN_SAFE_INTEGER

export const stepOrderOf = ({ stepMs }: RunRow): number => (stepMs === 0 ? allTimeOrder : -stepMs)
export const stepOfOrder = (order: number): number => (order === allTimeOrder ? 0 : -order)
export const isTotal = ({ stepMs }: RunRow): boolean => stepMs === totalStepMs

export interface Select {
  readonly where: string
  readonly orderBy: string
  readonly values: (string | number)[]
}

/** `(row_key, bucket_from) > (?, ?)` in the form for which a database seeks in its primary key instead of filtering. */
export type PlaceForm = 'row-value' | 'disjunction'

/**
 * The conditions and the order of a query for run rows, for tables with the columns `run, view_id, is_total, row_key,
 * bucket_from, step_order, state`. `descending` without exactly one key is refused (INVALID_QUERY).
 */
export function selectRunRows(query: RunRowQuery, viewId: number, placeForm: PlaceForm): Select {
  if (query.descending && query.keys?.length !== 1)
    throw new TwofoldError('INVALID_QUERY', 'rows are read newest first for exactly one key')
  const parts = [
    { sql: 'run = ? AND view_id = ? AND is_total = ?', values: [query.run, viewId, query.totals ? 1 : 0] },
    ...keyConditions(query),
    ...rangeConditions(query),
    ...placeConditions(query, placeForm),
  ]
  const direction = query.descending ? ' DESC' : ''
  return {
    where: parts.map((part) => part.sql).join(' AND '),
    orderBy: ['row_key', 'bucket_from', 'step_order'].map((column) => column + direction).join(', '),
    values: parts.flatMap((part) => part.values),
  }
}

interface Condition {
  readonly sql: string
  readonly values: (string | number)[]
}

function keyConditions({ keys }: RunRowQuery): Condition[] {
  if (!keys) return []
  if (keys.length === 1) return [{ sql: 'row_key = ?', values: [...keys] }]
  return [{ sql: `row_key IN (${keys.map(() => '?').join(', ') || 'NULL'})`, values: [...keys] }]
}

/** The start of an all-time bucket lies before every `until`; a total is no bucket, ranges don't touch it. */
function rangeConditions({ totals, from, until }: RunRowQuery): Condition[] {
  if (totals) return []
  const conditions: Condition[] = []
  if (until !== undefined) conditions.push({ sql: 'bucket_from < ?', values: [until] })
  if (from !== undefined)
    conditions.push({ sql: '(step_order = ? OR bucket_from - step_order > ?)', values: [allTimeOrder, from] })
  return conditions
}

function placeConditions({ after, keys, descending }: RunRowQuery, placeForm: PlaceForm): Condition[] {
  if (!after) return []
  if (descending) return [{ sql: 'bucket_from < ?', values: [after.from] }]
  if (keys?.length === 1 && keys[0] === after.key) return [{ sql: 'bucket_from > ?', values: [after.from] }]
  if (placeForm === 'row-value') return [{ sql: '(row_key, bucket_from) > (?, ?)', values: [after.key, after.from] }]
  return [{ sql: '(row_key > ? OR (row_key = ? AND bucket_from > ?))', values: [after.key, after.key, after.from] }]
}
