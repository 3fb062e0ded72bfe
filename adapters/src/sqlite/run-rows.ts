import type { RunRow, RunRowQuery, ViewVersion } from '@twofold/core/ports/row-store.ts'
import { refuseLongKey } from '../raw-table.ts'
import { isTotal, selectRunRows, stepOfOrder, stepOrderOf } from '../run-row-select.ts'
import { findViewId, readRun, runGone, viewIdOf } from './runs.ts'
import type { Statements } from './statements.ts'

export function writeRunRows(sql: Statements, run: number, view: ViewVersion, rows: readonly RunRow[]): void {
  if (!sql('SELECT 1 FROM runs WHERE run = ? AND boundary IS NULL').get(run)) throw runGone(run)
  const viewId = viewIdOf(sql, view)
  const upsert = sql(`INSERT INTO run_rows VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET state = excluded.state`)
  for (const row of rows) {
    refuseLongKey(row.key)
    upsert.run(run, viewId, Number(isTotal(row)), row.key, row.from, stepOrderOf(row), row.state)
  }
}

export function readRunRows(sql: Statements, query: RunRowQuery): RunRow[] {
  if (!readRun(sql, query.run)) throw runGone(query.run)
  const { where, orderBy, values } = selectRunRows(query, findViewId(sql, query) ?? -1, 'row-value')
  const select = `SELECT row_key AS "key", step_order AS stepMs, bucket_from AS "from", state FROM run_rows`
  const rows = sql(`${select} WHERE ${where} ORDER BY ${orderBy} LIMIT ?`).all(...values, query.limit)
  return (rows as unknown as RunRow[]).map((row) => ({ ...row, stepMs: stepOfOrder(row.stepMs) }))
}

/**
 * Published runs that newer ones had pushed out of the newest `keep` of each of their views by `before`, and leftovers
 * made by then. A run was pushed out when the one `keep` places newer was published: until then it was handed out.
 */
const removable = `
  WITH pushed AS (
    SELECT run, lag(published_at, ?) OVER (PARTITION BY view_id ORDER BY publish_order DESC) AS pushed_out_at
    FROM run_views JOIN runs USING (run))
  SELECT run FROM runs WHERE boundary IS NOT NULL
    AND run NOT IN (SELECT run FROM pushed WHERE pushed_out_at IS NULL OR pushed_out_at > ?)
  UNION ALL SELECT run FROM runs WHERE boundary IS NULL AND created_at <= ?`

/** All in the worker's transaction: a reader sees a run whole or not at all. */
export function sweepRuns(sql: Statements, keep: number, before: number): number {
  const runs = sql(removable).all(keep, before, before).map(({ run }) => run!)
  for (const run of runs)
    for (const table of ['run_rows', 'run_views', 'runs']) sql(`DELETE FROM ${table} WHERE run = ?`).run(run)
  return runs.length
}
