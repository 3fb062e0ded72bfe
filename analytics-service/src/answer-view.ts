import { isTwofoldError } from '@twofold/core/errors.ts'
import { shownValue } from '@twofold/core/serving/look-around.ts'
import type { StateRow } from '@twofold/core/serving/merge-rows.ts'
import { readArounds } from '@twofold/core/serving/read-arounds.ts'
import { type Page, type Place, readPage } from '@twofold/core/serving/read-view.ts'
import { readWindows } from '@twofold/core/serving/read-windows.ts'
import { allTimeBucket, allTimeStep, untilOf } from '@twofold/core/views/resolutions.ts'
import type { Around, View } from '@twofold/core/views/view.ts'
import { encodeCursor } from './cursor.ts'
import { type AssessedFooting, findFooting, type ServingLayer, withoutSpeed } from './find-footing.ts'
import { nameQuestion, type ParsedQuery } from './parse-query.ts'

/** Where an answer comes from. */
export interface Provenance {
  readonly asOf: {
    readonly boundary: string | null
    readonly run: number | null
    readonly appendedAt: string | null
    readonly positions: Readonly<Record<string, number>>
    readonly lagMs: number | null
  }
  readonly complete: boolean
  readonly missing: readonly string[]
}

export interface AnswerRow {
  readonly key: string
  readonly from: string | null
  readonly until: string | null
  readonly value: unknown
  /** True once every partition was processed beyond the end of the bucket and its grace: a later event would be late. */
  readonly final: boolean
  /** How many corrections of a final row were published. */
  readonly revision: number
}

export interface ViewAnswer extends Provenance {
  readonly view: string
  readonly version: number
  /** Where one was asked for. */
  readonly window?: string
  readonly rows: readonly AnswerRow[]
  readonly next: string | null
}

/** Answers a query of a view. Without the counter store it answers the batch part and says so. */
export async function answerView(layer: ServingLayer, view: View, query: ParsedQuery): Promise<ViewAnswer> {
  const { rows, next, footing } = await readFooted(layer, view, query)
  return {
    view: view.name,
    version: view.version,
    ...provenanceOf(footing),
    ...(query.window ? { window: query.window.name } : {}),
    rows: rows.map((row) => answerRow(layer, view, row, footing)),
    next: next && encodeCursor({ run: footing.run?.run ?? null, ...next, query: nameQuestion(view, query) }),
  }
}

/** A row with everything that its answer is made of. */
interface FootedRow {
  readonly row: StateRow
  readonly range: ShownRange
  readonly around: Around
}

interface FootedPage {
  readonly rows: readonly FootedRow[]
  readonly next: Place | null
  readonly footing: AssessedFooting
}

/** A run that was swept between finding and reading it is no fault of the reader's: the next one is read instead. */
async function readFooted(layer: ServingLayer, view: View, query: ParsedQuery): Promise<FootedPage> {
  for (let attempt = 1; ; attempt++) {
    const footing = await findFooting(layer, view, query.cursor?.run)
    try {
      return await readOn(layer, view, query, footing)
    } catch (error) {
      if (isTwofoldError(error, 'RUN_GONE') && query.cursor === undefined && attempt === 1) continue
      if (!isTwofoldError(error, 'STORE_UNAVAILABLE') || footing.positions === null) throw error
      // If it is the row store that fails, this fails too.
      return await readOn(layer, view, query, withoutSpeed(layer, view, footing))
    }
  }
}

async function readOn(layer: ServingLayer, view: View, { cursor, ...query }: ParsedQuery, footing: AssessedFooting): Promise<FootedPage> {
  const after = cursor ? { after: { key: cursor.key, from: cursor.from } } : {}
  const page = await readRows(layer, view, footing, { ...query, ...after })
  const rows = page.rows.map((row) => ({ row, range: shownRange(view, row, query) }))
  const arounds = await readArounds(layer, view, footing, rows.map(rangedRow))
  return { rows: rows.map((shown, at) => ({ ...shown, around: arounds[at]! })), next: page.next, footing }
}

function readRows(layer: ServingLayer, view: View, footing: AssessedFooting, { window, ...query }: ParsedQuery & { after?: Place }): Promise<Page> {
  return window && window.kind !== 'all-time' ? readWindows(layer, view, footing, window, query) : readPage(layer, view, footing, query)
}

/** A row over a range is as long as that. */
function rangedRow({ row, range: { from, until } }: Omit<FootedRow, 'around'>): StateRow {
  return { ...row, ...(from === null || until === null ? allTimeBucket : { stepMs: until - from, from }) }
}

/** What every answer says about itself. */
export function provenanceOf({ run, positions, missing, lagMs }: AssessedFooting): Provenance {
  const newest = Math.max(0, ...(positions ?? []).map(({ appendedAt }) => appendedAt))
  return {
    asOf: {
      boundary: run && toTime(run.boundary),
      run: run && run.run,
      appendedAt: newest > 0 ? toTime(newest) : null,
      positions: Object.fromEntries((positions ?? []).map(({ partition, nextOffset }) => [partition, nextOffset])),
      lagMs,
    },
    complete: missing.length === 0,
    missing,
  }
}

type Asked = Pick<ParsedQuery, 'step' | 'from' | 'until'>

function answerRow({ live }: ServingLayer, view: View, { row, range: { from, until }, around }: FootedRow, footing: AssessedFooting): AnswerRow {
  return {
    key: row.key,
    from: toTimeOrNull(from),
    until: toTimeOrNull(until),
    value: shownValue(view, row.state, around),
    final: until !== null && until + view.graceMs <= footing.processedUntil,
    revision: from === null || until === null ? 0 : live.revisionOf(view, row.key, { from, until }),
  }
}

interface ShownRange {
  readonly from: number | null
  readonly until: number | null
}

/** The bucket; for one row over a range the range itself, widened to the buckets that went into the row. */
function shownRange(view: View, row: StateRow, { step, from, until }: Asked): ShownRange {
  if (row.stepMs !== allTimeStep) return { from: row.from, until: untilOf(row) }
  if (step !== 'all' || view.resolutions.length === 0 || !row.extent) return { from: null, until: null }
  return {
    from: from === undefined || row.extent.from === Number.NEGATIVE_INFINITY ? null : Math.min(from, row.extent.from),
    until: until === undefined || row.extent.until === Number.POSITIVE_INFINITY ? null : Math.max(until, row.extent.until),
  }
}

function toTime(time: number): string {
  return new Date(time).toISOString()
}

/** RFC 3339, or null for all time. Throws a `RangeError` for what `Date` can't hold. */
export function toTimeOrNull(time: number | null): string | null {
  return time === null ? null : toTime(time)
}
