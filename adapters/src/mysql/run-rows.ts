import type { RunRow, RunRowQuery, ViewVersion } from '@twofold/core/ports/row-store.ts'
import { refuseKeepNothing } from '../boundary.ts'
import { refuseLongKey } from '../raw-table.ts'
import { isTotal, selectRunRows, stepOfOrder, stepOrderOf } from '../run-row-select.ts'
import { chunksOf, insertBounds } from './chunks.ts'
import { nowMs } from './leases.ts'
import type { MysqlPool, Session } from './pool.ts'
import { findViewId, isVisible, lockPublications, runGone, viewIdOf } from './runs.ts'

/** One transaction; the lock on the run keeps a sweep from taking it meanwhile. */
export async function writeRunRows(
  pool: MysqlPool,
  run: number,
  view: ViewVersion,
  rows: readonly RunRow[],
): Promise<void> {
  for (const row of rows) refuseLongKey(row.key)
  const viewId = await pool.run((session) => viewIdOf(session, view))
  await pool.transaction(async (session) => {
    const open = 'SELECT 1 FROM runs WHERE run = ? AND boundary IS NULL AND NOT is_swept FOR SHARE'
    if ((await session.rows(open, [run])).length === 0) throw runGone(run)
    await insertRunRows(session, run, viewId, rows)
  })
}

async function insertRunRows(session: Session, run: number, viewId: number, rows: readonly RunRow[]): Promise<void> {
  const upsert = 'INSERT INTO run_rows VALUES ? AS fresh ON DUPLICATE KEY UPDATE state = fresh.state'
  const valuesOf = (row: RunRow): unknown[] =>
    [run, viewId, isTotal(row), row.key, row.from, stepOrderOf(row), row.state]
  for (const chunk of chunksOf(rows, (row) => row.state.length + row.key.length, insertBounds))
    await session.write(upsert, [chunk.map(valuesOf)])
}

/** One statement looks at the run and at its rows, so that a sweep in between can't leave a part of them. */
export function readRunRows(pool: MysqlPool, query: RunRowQuery): Promise<RunRow[]> {
  return pool.run(async (session) => {
    const viewId = await findViewId(session, query)
    const { where, orderBy, values } = selectRunRows(query, viewId ?? -1, 'disjunction')
    const visible = `SELECT 1 FROM runs WHERE runs.run = ? AND ${isVisible}`
    const select = `SELECT row_key, step_order, bucket_from, state FROM run_rows
      WHERE ${where} AND EXISTS (${visible}) ORDER BY ${orderBy} LIMIT ?`
    const rows = await session.rows<FoundRow>(select, [...values, query.run, query.limit])
    if (rows.length === 0 && (await session.rows(visible, [query.run])).length === 0) throw runGone(query.run)
    return rows.map(([key, order, from, state]) => ({ key, stepMs: stepOfOrder(order), from, state }))
  })
}

type FoundRow = [key: string, order: number, from: number, state: string]

/** How many rows one statement of a sweep removes, so that none takes long or fills the undo log. */
const sweepChunk = 5000

/**
 * Published runs that newer ones pushed out of the newest `keep` of each of their views longer ago than the grace, and
 * leftovers that nobody published in time. A run was pushed out when the one `keep` places newer was published: until
 * then it was handed out.
 */
const markRemovable = `
  UPDATE runs SET is_swept = 1 WHERE NOT is_swept AND (
    (boundary IS NULL AND created_at <= ${nowMs} - ?)
    OR (boundary IS NOT NULL AND run NOT IN (SELECT run FROM (
      SELECT v.run, LAG(r.published_at, ?) OVER (PARTITION BY v.view_id ORDER BY r.publish_order DESC) AS pushed_out_at
      FROM run_views AS v JOIN runs AS r ON r.run = v.run WHERE NOT r.is_swept) AS pushed
      WHERE pushed_out_at IS NULL OR pushed_out_at > ${nowMs} - ?)))`

/**
 * First no reader sees the runs any more, then their rows go, piece by piece.
 * The next sweep ends what one that was cut off began.
 */
export async function sweepRuns(pool: MysqlPool, keep: number, graceMs: number): Promise<number> {
  refuseKeepNothing(keep)
  await pool.transaction(async (session) => {
    await lockPublications(session)
    await session.write(markRemovable, [graceMs, keep, graceMs])
  })
  const marked = await pool.run((session) => session.rows<[number]>('SELECT run FROM runs WHERE is_swept'))
  let removed = 0
  for (const [run] of marked) removed += await removeRun(pool, run)
  return removed
}

async function removeRun(pool: MysqlPool, run: number): Promise<number> {
  const removeSome = `DELETE FROM run_rows WHERE run = ? LIMIT ${sweepChunk}`
  while ((await pool.run((session) => session.write(removeSome, [run]))) === sweepChunk);
  return pool.transaction(async (session) => {
    await session.write('DELETE FROM run_views WHERE run = ?', [run])
    return session.write('DELETE FROM runs WHERE run = ?', [run])
  })
}
