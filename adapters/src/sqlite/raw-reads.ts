import type { KeptDeadLetter, KeptRepeat, ScannedRow } from '@twofold/core/ports/row-store.ts'
import type { RawTablePlan } from '../raw-table.ts'
import type { PageRequest } from '../scan-pages.ts'
import { firstPlace, placeOf } from './raw-rows.ts'
import type { Statements } from './statements.ts'

/** A page column by column: cloning four arrays to another thread is far cheaper than an object per row. */
export interface PageColumns {
  readonly ids: string[]
  readonly payloads: string[]
  /** Offset, appended and occurred time of each row. */
  readonly numbers: Float64Array
}

export function readPage(sql: Statements, { table }: RawTablePlan, request: PageRequest): PageColumns {
  const { partition, afterOffset, limit } = request
  const select = sql(`SELECT event_id, payload, log_offset, appended_at, occurred_at
    FROM "${table}" WHERE log_place >= ? AND log_place < ? ORDER BY log_place LIMIT ?`)
  select.setReturnArrays(true)
  const rows = select.all(placeOf(partition, afterOffset + 1), firstPlace(partition + 1), limit) as unknown as PageRow[]
  const numbers = new Float64Array(rows.length * 3)
  for (const [at, row] of rows.entries()) {
    numbers[at * 3] = row[2]
    numbers[at * 3 + 1] = row[3]
    numbers[at * 3 + 2] = row[4]
  }
  return { ids: rows.map((row) => row[0]), payloads: rows.map((row) => row[1]), numbers }
}

type PageRow = [id: string, payload: string, offset: number, appendedAt: number, occurredAt: number]

export function rowsOfPage({ ids, payloads, numbers }: PageColumns, partition: number): ScannedRow[] {
  return ids.map((id, at) => ({
    id,
    payload: payloads[at]!,
    occurredAt: numbers[at * 3 + 2]!,
    appendedAt: numbers[at * 3 + 1]!,
    partition,
    offset: numbers[at * 3]!,
  }))
}

const newestFirst = 'ORDER BY appended_at DESC, log_partition DESC, log_offset DESC LIMIT ?'

export function readRepeats(sql: Statements, topic: string, limit: number): KeptRepeat[] {
  const rows = sql(`SELECT topic, log_partition AS "partition", log_offset AS "offset", event_id AS id,
    appended_at AS appendedAt, occurred_at AS occurredAt, payload, is_late AS isLate, is_conflict AS isConflict
    FROM repeats WHERE topic = ? ${newestFirst}`).all(topic, limit)
  const kept = rows.map((row) => ({ ...row, isLate: row.isLate === 1, isConflict: row.isConflict === 1 }))
  return kept as unknown as KeptRepeat[]
}

export function readDeadLetters(sql: Statements, topic: string, limit: number): KeptDeadLetter[] {
  const rows = sql(`SELECT topic, log_partition AS "partition", log_offset AS "offset", appended_at AS appendedAt,
    reason, record_key AS "key", record_value AS value, headers
    FROM dead_letters WHERE topic = ? ${newestFirst}`).all(topic, limit)
  return rows.map((row) => ({ ...row })) as unknown as KeptDeadLetter[]
}
