import type { KeptDeadLetter, KeptRepeat, ScannedRow } from '@twofold/core/ports/row-store.ts'
import type { RawTablePlan } from '../raw-table.ts'
import { type PageRequest, scanPages } from '../scan-pages.ts'
import type { MysqlPool } from './pool.ts'
import { readPositions } from './raw-rows.ts'

/** A page is one range of the primary key, read as arrays: per row only what a fold needs is made. */
export async function* scanTable(
  pool: MysqlPool,
  planOf: (topic: string) => RawTablePlan,
  topic: string,
  before: number,
): AsyncGenerator<readonly ScannedRow[]> {
  const { table } = planOf(topic)
  const select = `SELECT event_id, payload, log_offset, appended_at, occurred_at FROM \`${table}\`
    WHERE log_partition = ? AND log_offset > ? ORDER BY log_offset LIMIT ?`
  const readPage = async ({ partition, afterOffset, limit }: PageRequest): Promise<ScannedRow[]> => {
    const values = [partition, afterOffset, limit]
    const page = await pool.run((session) => session.rows<PageRow>(select, values))
    return page.map((row) => rowOf(row, partition))
  }
  const positions = await readPositions(pool, topic)
  yield* scanPages(positions.map(({ partition }) => partition), before, readPage)
}

type PageRow = [id: string, payload: string, offset: number, appendedAt: number, occurredAt: number]

// Indexed, not destructured: an array pattern runs an iterator, which costs a tenth of the scan.
function rowOf(row: PageRow, partition: number): ScannedRow {
  return { id: row[0], payload: row[1], occurredAt: row[4], appendedAt: row[3], partition, offset: row[2] }
}

const newestFirst = 'ORDER BY appended_at DESC, log_partition DESC, log_offset DESC LIMIT ?'

export async function readRepeats(pool: MysqlPool, topic: string, limit: number): Promise<KeptRepeat[]> {
  const select = `SELECT log_partition, log_offset, appended_at, event_id, occurred_at, payload, is_late, is_conflict
    FROM repeats WHERE topic = ? ${newestFirst}`
  const rows = await pool.run((session) => session.rows<RepeatRow>(select, [topic, limit]))
  return rows.map(([partition, offset, appendedAt, id, occurredAt, payload, isLate, isConflict]) => ({
    topic,
    partition,
    offset,
    appendedAt,
    id,
    occurredAt,
    payload,
    isLate: isLate === 1,
    isConflict: isConflict === 1,
  }))
}

type Place = [partition: number, offset: number, appendedAt: number]
type RepeatRow = [...Place, id: string, occurredAt: number, payload: string, isLate: number, isConflict: number]

export async function readDeadLetters(pool: MysqlPool, topic: string, limit: number): Promise<KeptDeadLetter[]> {
  const select = `SELECT log_partition, log_offset, appended_at, reason, record_key, record_value, headers
    FROM dead_letters WHERE topic = ? ${newestFirst}`
  const rows = await pool.run((session) => session.rows<DeadLetterRow>(select, [topic, limit]))
  return rows.map(([partition, offset, appendedAt, reason, key, value, headers]) => ({
    topic,
    partition,
    offset,
    appendedAt,
    reason,
    key: key && new Uint8Array(key),
    value: value && new Uint8Array(value),
    headers,
  }))
}

type DeadLetterRow = [...Place, reason: string, key: Buffer | null, value: Buffer | null, headers: string]
