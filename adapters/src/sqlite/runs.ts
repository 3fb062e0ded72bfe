import { TwofoldError } from '@twofold/core/errors.ts'
import type { PublishedRun, RunToPublish, ViewVersion } from '@twofold/core/ports/row-store.ts'
import { isPublished, refuseNotGrown } from '../boundary.ts'
import { isLeaseHeld } from './leases.ts'
import type { Statements } from './statements.ts'

export function createRun(sql: Statements, owner: string, now: number): number {
  return Number(sql('INSERT INTO runs (owner, created_at) VALUES (?, ?)').run(owner, now).lastInsertRowid)
}

/** The number that stands for a view in other tables; makes one at its first use. */
export function viewIdOf(sql: Statements, { view, version }: ViewVersion): number {
  const known = findViewId(sql, { view, version })
  if (known !== null) return known
  return Number(sql('INSERT INTO views (view, version) VALUES (?, ?)').run(view, version).lastInsertRowid)
}

export function findViewId(sql: Statements, { view, version }: ViewVersion): number | null {
  const found = sql('SELECT view_id FROM views WHERE view = ? AND version = ?').get(view, version)
  return found ? Number(found.view_id) : null
}

/** Runs inside the worker's transaction; writers exclude each other, so nobody publishes between check and write. */
export function publishRun(sql: Statements, asked: RunToPublish, now: number): void {
  const { run, boundary, views } = asked
  const found = sql('SELECT boundary FROM runs WHERE run = ?').get(run)
  if (!found) throw runGone(run)
  if (isPublished(asked, found.boundary as number | null)) return
  if (!isLeaseHeld(sql, asked.lease, asked.owner, now))
    throw new TwofoldError('LEASE_LOST', `${asked.owner} does not hold the lease ${asked.lease} any more`)
  refuseNotGrown(asked, views.map((view) => readNewestRun(sql, view)?.boundary ?? null))
  for (const [place, view] of views.entries())
    sql('INSERT INTO run_views (run, view_id, place) VALUES (?, ?, ?)').run(run, viewIdOf(sql, view), place)
  sql(`UPDATE runs SET boundary = ?, published_at = ?,
    publish_order = (SELECT coalesce(max(publish_order), 0) + 1 FROM runs) WHERE run = ?`).run(boundary, now, run)
}

export function runGone(run: number): TwofoldError {
  return new TwofoldError('RUN_GONE', `run ${run} has no rows: it was swept, or never published`)
}

const selectRun = 'SELECT runs.run, boundary, published_at FROM runs'

export function readNewestRun(sql: Statements, view?: ViewVersion): PublishedRun | null {
  if (!view) return publishedRun(sql, sql(`${selectRun} ORDER BY publish_order DESC LIMIT 1`).get())
  const ofView = `${selectRun} JOIN run_views ON run_views.run = runs.run
    WHERE view_id = ? ORDER BY publish_order DESC LIMIT 1`
  const viewId = findViewId(sql, view)
  return viewId === null ? null : publishedRun(sql, sql(ofView).get(viewId))
}

export function readRun(sql: Statements, run: number): PublishedRun | null {
  return publishedRun(sql, sql(`${selectRun} WHERE run = ?`).get(run))
}

function publishedRun(sql: Statements, found: Record<string, unknown> | undefined): PublishedRun | null {
  if (!found || found.boundary === null) return null
  const run = Number(found.run)
  const ofRun = 'SELECT view, version FROM run_views JOIN views USING (view_id) WHERE run = ? ORDER BY place'
  return {
    run,
    boundary: Number(found.boundary),
    publishedAt: Number(found.published_at),
    views: sql(ofRun).all(run).map((view) => ({ ...view }) as unknown as ViewVersion),
  }
}
