import { allTimeStep } from '../views/resolutions.ts'
import { mergeSessions, type Session } from '../views/sessions.ts'
import type { View } from '../views/view.ts'
import type { SessionWindow } from '../views/windows.ts'
import type { StateRow } from './merge-rows.ts'
import type { Range } from './read-speed.ts'

/** Everything of both layers that overlaps a stretch of event time, in the buckets that it is kept in. */
export type ReadStretch = (stretch: Pick<Range, 'from' | 'until'>) => Promise<readonly StateRow[]>

/**
 * The sessions of one key that overlap a range, whole and in order, as rows from the first event until the gap after the last one. One
 * that may have begun before what was read, or gone on behind it, has more read, twice as far each time; at most what is
 * kept of the key. Sessions that were rolled up into all time are told apart no more, and are left out.
 */
export async function readSessions(view: View, { gapMs }: SessionWindow, range: Pick<Range, 'from' | 'until'>, read: ReadStretch): Promise<StateRow[]> {
  for (let marginMs = gapMs; ; marginMs *= 2) {
    const [from, until] = [(range.from ?? Number.NEGATIVE_INFINITY) - marginMs, (range.until ?? Number.POSITIVE_INFINITY) + marginMs]
    const rows = await read({ ...(range.from === undefined ? {} : { from }), ...(range.until === undefined ? {} : { until }) })
    const asked = sessionsOf(view, rows).filter(([first, last]) => overlaps(range, { from: first, until: last + gapMs }))
    const isWhole = asked.every(([first, last]) => first - gapMs >= from && last + gapMs <= until)
    if (isWhole) return asked.map((session) => rowOf(rows[0]!.key, session, gapMs))
  }
}

function overlaps({ from, until }: Pick<Range, 'from' | 'until'>, session: { readonly from: number; readonly until: number }): boolean {
  return (until === undefined || session.from < until) && (from === undefined || session.until > from)
}

function rowOf(key: string, session: Session<unknown>, gapMs: number): StateRow {
  const [first, last] = session
  return { key, stepMs: last + gapMs - first, from: first, state: [session] }
}

function sessionsOf({ fold }: View, rows: readonly StateRow[]): readonly Session<unknown>[] {
  return mergeSessions(fold, rows.filter(({ stepMs }) => stepMs !== allTimeStep).map(({ state }) => state))
}
