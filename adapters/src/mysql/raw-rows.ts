import { TwofoldError } from '@twofold/core/errors.ts'
import type { RawRow, RowBatch, RowBatchResult, RowPosition } from '@twofold/core/ports/row-store.ts'
import { type RawTablePlan, refuseLongKey } from '../raw-table.ts'
import { type FirstRow, isKept, judgeRepeat, type Repeat } from '../repeat.ts'
import { chunksOf, insertBounds } from './chunks.ts'
import { isDuplicate } from './failures.ts'
import { keepDeadLetters, keepRepeats } from './kept-records.ts'
import type { MysqlPool, Session } from './pool.ts'

const selectPositions = 'SELECT topic, log_partition, next_offset, appended_at FROM row_positions WHERE topic = ?'

type PositionRow = [topic: string, partition: number, nextOffset: number, appendedAt: number]

const positionOf = ([topic, partition, nextOffset, appendedAt]: PositionRow): RowPosition => ({
  topic,
  partition,
  nextOffset,
  appendedAt,
})

export function openPosition(pool: MysqlPool, topic: string, partition: number): Promise<RowPosition> {
  return pool.run(async (session) => {
    const insert = 'INSERT INTO row_positions VALUES (?, ?, 0, 0) ON DUPLICATE KEY UPDATE topic = topic'
    await session.write(insert, [topic, partition])
    const [row] = await session.rows<PositionRow>(`${selectPositions} AND log_partition = ?`, [topic, partition])
    return positionOf(row!)
  })
}

export function readPositions(pool: MysqlPool, topic: string): Promise<RowPosition[]> {
  return pool.run(async (session) => {
    const rows = await session.rows<PositionRow>(`${selectPositions} ORDER BY log_partition`, [topic])
    return rows.map(positionOf)
  })
}

/**
 * One transaction. The position comes first: its row lock lets one writer at a time into a partition. Two partitions
 * may still bring the same new id at once: the unique index lets the first in, the other starts over and finds it.
 */
export async function writeRows(pool: MysqlPool, plan: RawTablePlan, batch: RowBatch): Promise<RowBatchResult> {
  for (const row of batch.rows) refuseLongKey(row.id)
  const isRace = (error: unknown): boolean => isDuplicate(error) && !isPlaceTaken(error)
  return pool.transaction((session) => writeOnce(session, plan, batch), isRace).catch((error: unknown) => {
    throw isPlaceTaken(error) ? logReplaced(batch, error) : error
  })
}

async function writeOnce(session: Session, plan: RawTablePlan, batch: RowBatch): Promise<RowBatchResult> {
  await movePosition(session, batch)
  const firstRows = await readFirstRows(session, plan, batch.rows)
  const { fresh, repeats } = sortOut(batch, firstRows)
  await insertRows(session, plan, batch.partition, fresh)
  await keepRepeats(session, batch, repeats.filter(isKept))
  await keepDeadLetters(session, batch)
  return {
    inserted: fresh.length,
    repeats: repeats.length,
    lateRepeats: repeats.filter((repeat) => repeat.isLate).length,
    conflicts: repeats.filter((repeat) => repeat.isConflict).length,
  }
}

async function movePosition(session: Session, batch: RowBatch): Promise<void> {
  const { topic, partition, expectedOffset, nextOffset, appendedAt } = batch
  const update = `UPDATE row_positions SET next_offset = ?, appended_at = ?
    WHERE topic = ? AND log_partition = ? AND next_offset = ?`
  if ((await session.write(update, [nextOffset, appendedAt, topic, partition, expectedOffset])) === 1) return
  throw new TwofoldError('POSITION_MOVED', `the position of ${topic}/${partition} is not ${expectedOffset} any more`)
}

/** The rows that hold an id of this batch already. */
async function readFirstRows(
  session: Session,
  { table }: RawTablePlan,
  rows: readonly RawRow[],
): Promise<Map<string, FirstRow>> {
  const found = new Map<string, FirstRow>()
  const select = `SELECT event_id, log_partition, log_offset, appended_at, payload
    FROM \`${table}\` FORCE INDEX (event_id) WHERE event_id IN (?)`
  for (const chunk of chunksOf(rows, (row) => row.id.length, insertBounds)) {
    const known = await session.rows<FoundRow>(select, [chunk.map((row) => row.id)])
    for (const [id, partition, offset, appendedAt, payload] of known)
      found.set(id, { partition, offset, appendedAt, payload })
  }
  return found
}

type FoundRow = [id: string, partition: number, offset: number, appendedAt: number, payload: string]

/** First wins, also within the batch. */
function sortOut(batch: RowBatch, firstRows: Map<string, FirstRow>): { fresh: RawRow[]; repeats: Repeat[] } {
  const fresh: RawRow[] = []
  const repeats: Repeat[] = []
  for (const row of batch.rows) {
    const first = firstRows.get(row.id)
    if (first) repeats.push(judgeRepeat(first, row, batch))
    else {
      firstRows.set(row.id, { ...row, partition: batch.partition })
      fresh.push(row)
    }
  }
  return { fresh, repeats }
}

/** A plain INSERT: INSERT IGNORE would turn every error into a silent change. */
async function insertRows(
  session: Session,
  plan: RawTablePlan,
  partition: number,
  rows: readonly RawRow[],
): Promise<void> {
  const names = plan.columns.map((column) => `, \`${column.name}\``).join('')
  const insert = `INSERT INTO \`${plan.table}\`
    (log_partition, log_offset, event_id, appended_at, slice, occurred_at, payload${names}) VALUES ?`
  const valuesOf = (row: RawRow): unknown[] => {
    const { offset, id, appendedAt, slice, occurredAt, payload, columns } = row
    return [partition, offset, id, appendedAt, slice, occurredAt, payload, ...columns]
  }
  for (const chunk of chunksOf(rows, (row) => row.payload.length * 2, insertBounds))
    await session.write(insert, [chunk.map(valuesOf)])
}

function isPlaceTaken(error: unknown): boolean {
  return isDuplicate(error) && (error as Error).message.endsWith(".PRIMARY'")
}

function logReplaced({ topic, partition }: RowBatch, cause: unknown): TwofoldError {
  const message = `an offset of ${topic}/${partition} is kept with another event: the log was replaced or cut`
  return new TwofoldError('LOG_TRUNCATED', message, { cause })
}
