import { isTwofoldError } from '@twofold/core/errors.ts'
import type { StateRow } from '@twofold/core/serving/merge-rows.ts'
import { type Page, readPage } from '@twofold/core/serving/read-view.ts'
import { allTimeStep, untilOf } from '@twofold/core/views/resolutions.ts'
import type { View } from '@twofold/core/views/view.ts'
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
  /** True once every partition was processed beyond the end of the bucket: a later event would be late. */
  readonly final: boolean
  /** How many corrections of a final row were published. */
  readonly revision: number
}

export interface ViewAnswer extends Provenance {
  readonly view: string
  readonly version: number
  readonly rows: readonly AnswerRow[]
  readonly next: string | null
}

/** Answers a query of a view. Without the counter store it answers the batch part and says so. */
export async function answerView(layer: ServingLayer, view: View, query: ParsedQuery): Promise<ViewAnswer> {
  const { page, footing } = await readFooted(layer, view, query)
  return {
    view: view.name,
    version: view.version,
    ...provenanceOf(footing),
    rows: page.rows.map((row) => answerRow(view, row, footing, query)),
    next: page.next && encodeCursor({ run: footing.run?.run ?? null, ...page.next, query: nameQuestion(view, query) }),
  }
}

/** A run that was swept between finding and reading it is no fault of the reader's: the next one is read instead. */
async function readFooted(layer: ServingLayer, view: View, query: ParsedQuery): Promise<{ page: Page; footing: AssessedFooting }> {
  const { cursor, ...rest } = query
  const pageQuery = { ...rest, ...(cursor ? { after: { key: cursor.key, from: cursor.from } } : {}) }
  for (let attempt = 1; ; attempt++) {
    const footing = await findFooting(layer, view, cursor?.run)
    try {
      return { page: await readPage(layer, view, footing, pageQuery), footing }
    } catch (error) {
      if (isTwofoldError(error, 'RUN_GONE') && cursor === undefined && attempt === 1) continue
      if (!isTwofoldError(error, 'STORE_UNAVAILABLE') || footing.positions === null) throw error
      // If it is the row store that fails, this fails too.
      const batchOnly = withoutSpeed(layer, view, footing)
      return { page: await readPage(layer, view, batchOnly, pageQuery), footing: batchOnly }
    }
  }
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

function answerRow(view: View, row: StateRow, footing: AssessedFooting, asked: Asked): AnswerRow {
  const { from, until } = shownRange(view, row, asked)
  return {
    key: row.key,
    from: toTimeOrNull(from),
    until: toTimeOrNull(until),
    value: view.fold.valueOf(row.state),
    final: until !== null && until <= footing.processedUntil,
    revision: 0,
  }
}

/** The bucket; for one row over a range the range itself, widened to the buckets that went into the row. */
function shownRange(view: View, row: StateRow, { step, from, until }: Asked): { from: number | null; until: number | null } {
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

function toTimeOrNull(time: number | null): string | null {
  return time === null ? null : toTime(time)
}
