import { TwofoldError } from '@twofold/core/errors.ts'
import type { PublishedRun, RunToPublish, ViewVersion } from '@twofold/core/ports/row-store.ts'
import { isPublished, refuseNotGrown } from '../boundary.ts'
import { isLeaseHeld, nowMs } from './leases.ts'
import type { MysqlPool, Session } from './pool.ts'

export async function createRun(pool: MysqlPool, owner: string): Promise<number> {
  const insert = `INSERT INTO runs (owner, created_at) VALUES (?, ${nowMs})`
  return (await pool.run((session) => session.insert(insert, [owner]))).insertId
}

export async function findViewId(session: Session, { view, version }: ViewVersion): Promise<number | null> {
  const select = 'SELECT view_id FROM views WHERE view = ? AND version = ?'
  const [found] = await session.rows<[number]>(select, [view, version])
  return found?.[0] ?? null
}

/** The number that stands for a view in other tables; makes one at its first use. */
export async function viewIdOf(session: Session, named: ViewVersion): Promise<number> {
  const known = await findViewId(session, named)
  if (known !== null) return known
  const insert = 'INSERT INTO views (view, version) VALUES (?, ?) ON DUPLICATE KEY UPDATE view = view'
  await session.write(insert, [named.view, named.version])
  return (await findViewId(session, named))!
}

/** One transaction. The one row of `publications` is its lock: publications and sweeps follow each other. */
export function publishRun(pool: MysqlPool, asked: RunToPublish): Promise<void> {
  return pool.transaction(async (session) => {
    const order = await lockPublications(session)
    const select = 'SELECT boundary FROM runs WHERE run = ? AND NOT is_swept FOR UPDATE'
    const [run] = await session.rows<[number | null]>(select, [asked.run])
    if (!run) throw runGone(asked.run)
    if (isPublished(asked, run[0])) return
    if (!(await isLeaseHeld(session, asked.lease, asked.owner)))
      throw new TwofoldError('LEASE_LOST', `${asked.owner} does not hold the lease ${asked.lease} any more`)
    refuseNotGrown(asked, await newestBoundaries(session, asked.views))
    await markPublished(session, asked, order + 1)
  })
}

/** Answers the place of the newest publication in the order of all. */
export async function lockPublications(session: Session): Promise<number> {
  const [row] = await session.rows<[number]>('SELECT last_order FROM publications WHERE id = 1 FOR UPDATE')
  return row![0]
}

async function newestBoundaries(session: Session, views: readonly ViewVersion[]): Promise<(number | null)[]> {
  const boundaries: (number | null)[] = []
  for (const view of views) boundaries.push((await selectNewest(session, view))?.boundary ?? null)
  return boundaries
}

async function markPublished(session: Session, { run, boundary, views }: RunToPublish, order: number): Promise<void> {
  for (const [place, view] of views.entries())
    await session.write('INSERT INTO run_views (run, view_id, place) VALUES (?, ?, ?)', [
      run,
      await viewIdOf(session, view),
      place,
    ])
  const publish = `UPDATE runs SET boundary = ?, published_at = ${nowMs}, publish_order = ? WHERE run = ?`
  await session.write(publish, [boundary, order, run])
  await session.write('UPDATE publications SET last_order = ? WHERE id = 1', [order])
}

export function runGone(run: number): TwofoldError {
  return new TwofoldError('RUN_GONE', `run ${run} has no rows: it was swept, or never published`)
}

/** Which runs a reader may see. */
export const isVisible = 'boundary IS NOT NULL AND NOT is_swept'

/** One statement, so that a run and its views are of one moment. */
const selectRun = (which: string): string => `
  SELECT runs.run, boundary, published_at, view, version
  FROM runs JOIN run_views ON run_views.run = runs.run JOIN views USING (view_id)
  WHERE runs.run = (${which}) ORDER BY place`

const newestOfAny = `SELECT run FROM runs WHERE ${isVisible} ORDER BY publish_order DESC LIMIT 1`
const newestOfView = `SELECT r.run FROM runs AS r JOIN run_views AS v ON v.run = r.run
  WHERE v.view_id = ? AND ${isVisible} ORDER BY publish_order DESC LIMIT 1`

export function readNewestRun(pool: MysqlPool, view?: ViewVersion): Promise<PublishedRun | null> {
  return pool.run(async (session) => {
    if (view) return selectNewest(session, view)
    return publishedRun(await session.rows<RunViewRow>(selectRun(newestOfAny)))
  })
}

async function selectNewest(session: Session, view: ViewVersion): Promise<PublishedRun | null> {
  const viewId = await findViewId(session, view)
  if (viewId === null) return null
  return publishedRun(await session.rows<RunViewRow>(selectRun(newestOfView), [viewId]))
}

export async function readRun(pool: MysqlPool, run: number): Promise<PublishedRun | null> {
  const which = `SELECT run FROM runs WHERE run = ? AND ${isVisible}`
  return publishedRun(await pool.run((session) => session.rows<RunViewRow>(selectRun(which), [run])))
}

type RunViewRow = [run: number, boundary: number, publishedAt: number, view: string, version: string]

function publishedRun(rows: readonly RunViewRow[]): PublishedRun | null {
  const [first] = rows
  if (!first) return null
  const [run, boundary, publishedAt] = first
  return { run, boundary, publishedAt, views: rows.map((row) => ({ view: row[3], version: row[4] })) }
}
