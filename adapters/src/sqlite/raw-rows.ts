import { TwofoldError } from '@twofold/core/errors.ts'
import type { DeadLetter, RawRow, RowBatch, RowBatchResult, RowPosition } from '@twofold/core/ports/row-store.ts'
import { type RawTablePlan, refuseLongKey } from '../raw-table.ts'
import { type FirstRow, isKept, judgeRepeat, type Repeat } from '../repeat.ts'
import type { Statements } from './statements.ts'

/** One rowid holds partition and offset: 2^13 partitions of 2^40 records. */
const placesPerPartition = 2 ** 40
const maxPartitions = 2 ** 13

export const firstPlace = (partition: number): number => partition * placesPerPartition

export function placeOf(partition: number, offset: number): number {
  if (partition < maxPartitions && offset < placesPerPartition) return firstPlace(partition) + offset
  throw new TwofoldError('LIMIT_EXCEEDED', `partition ${partition}, offset ${offset} is beyond the embedded store`)
}

const selectPosition = `SELECT topic, log_partition AS "partition", next_offset AS nextOffset, appended_at AS appendedAt
  FROM row_positions WHERE topic = ?`

export function openPosition(sql: Statements, topic: string, partition: number): RowPosition {
  sql('INSERT INTO row_positions VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING').run(topic, partition)
  return sql(`${selectPosition} AND log_partition = ?`).get(topic, partition) as unknown as RowPosition
}

export function readPositions(sql: Statements, topic: string): RowPosition[] {
  return sql(`${selectPosition} ORDER BY log_partition`).all(topic) as unknown as RowPosition[]
}

/** Runs inside the worker's transaction: what it throws takes everything back. */
export function writeRows(sql: Statements, plan: RawTablePlan, batch: RowBatch): RowBatchResult {
  movePosition(sql, batch)
  const insert = createInsert(sql, plan, batch.partition)
  const repeats: Repeat[] = []
  for (const row of batch.rows)
    if (!insert(row)) repeats.push(judgeRepeat(firstRowOf(sql, plan, batch, row), row, batch))
  for (const repeat of repeats.filter(isKept)) keepRepeat(sql, batch, repeat)
  for (const letter of batch.deadLetters) keepDeadLetter(sql, batch, letter)
  return {
    inserted: batch.rows.length - repeats.length,
    repeats: repeats.length,
    lateRepeats: repeats.filter((repeat) => repeat.isLate).length,
    conflicts: repeats.filter((repeat) => repeat.isConflict).length,
  }
}

function movePosition(sql: Statements, batch: RowBatch): void {
  const { topic, partition, expectedOffset, nextOffset, appendedAt } = batch
  const update = sql(`UPDATE row_positions SET next_offset = ?, appended_at = ?
    WHERE topic = ? AND log_partition = ? AND next_offset = ?`)
  if (update.run(nextOffset, appendedAt, topic, partition, expectedOffset).changes === 1) return
  throw new TwofoldError('POSITION_MOVED', `the position of ${topic}/${partition} is not ${expectedOffset} any more`)
}

/** Answers false when the id, or the place in the log, is taken. */
function createInsert(sql: Statements, plan: RawTablePlan, partition: number): (row: RawRow) => boolean {
  const names = plan.columns.map((column) => `, "${column.name}"`).join('')
  const statement = sql(`INSERT INTO "${plan.table}"
    (log_place, event_id, log_partition, log_offset, appended_at, slice, occurred_at, payload${names})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?${', ?'.repeat(plan.columns.length)}) ON CONFLICT DO NOTHING`)
  return (row) => {
    refuseLongKey(row.id)
    if (row.columns.length !== plan.columns.length)
      throw new TwofoldError('INVALID_CONFIG', `a row of ${plan.table} has ${plan.columns.length} columns`)
    const place = placeOf(partition, row.offset)
    const columns = row.columns.map((value) => (typeof value === 'boolean' ? Number(value) : value))
    const { id, offset, appendedAt, slice, occurredAt, payload } = row
    return statement.run(place, id, partition, offset, appendedAt, slice, occurredAt, payload, ...columns).changes === 1
  }
}

function firstRowOf(sql: Statements, { table }: RawTablePlan, { topic, partition }: RowBatch, row: RawRow): FirstRow {
  const first = sql(`SELECT log_partition AS "partition", log_offset AS "offset", appended_at AS appendedAt, payload
    FROM "${table}" WHERE event_id = ?`).get(row.id)
  if (first) return first as unknown as FirstRow
  const message = `${topic}/${partition} offset ${row.offset} is kept with another event: the log was replaced or cut`
  throw new TwofoldError('LOG_TRUNCATED', message)
}

function keepRepeat(sql: Statements, { topic, partition }: RowBatch, { row, isLate, isConflict }: Repeat): void {
  const { offset, id, appendedAt, occurredAt, payload } = row
  sql('INSERT INTO repeats VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING').run(
    topic, partition, offset, id, appendedAt, occurredAt, payload, Number(isLate), Number(isConflict),
  )
}

function keepDeadLetter(sql: Statements, { topic, partition }: RowBatch, letter: DeadLetter): void {
  const { offset, appendedAt, reason, key, value, headers } = letter
  sql('INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING').run(
    topic, partition, offset, appendedAt, reason, key, value, headers,
  )
}
