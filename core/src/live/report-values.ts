import { aroundOf, shownValue } from '../serving/look-around.ts'
import type { View } from '../views/view.ts'
import { bucketOf, type LiveKey, rowsWithin, stateWithin } from './live-key.ts'
import type { Report } from './report.ts'

/** What reports are worth now. */
export interface ReportValues {
  /** What readers see. */
  shownOf(report: Report): unknown
  /** Fixes what a window is compared with. At its close, and not when somebody looks first: so all readers of the updates show the same. */
  lookAround(report: Report): void
  /** The value by which two states are told apart, as text. */
  textOf(report: Report): string
}

export function createReportValues(view: View, keyOf: (name: string) => LiveKey): ReportValues {
  const stateOf = (report: Report): unknown => (report.window.kind === 'session' ? report.session : stateWithin(keyOf(report.key), view, report))
  const textOf = (report: Report): string => JSON.stringify(view.fold.valueOf(stateOf(report)))
  const lookAround = (report: Report): void => {
    if (!view.showing || report.window.kind === 'session') return
    const { key, from } = report
    report.around ??= aroundOf(view, bucketOf(report), rowsWithin(key, keyOf(key), view, { from: from - view.showing.baselineMs, until: from }))
  }
  const show = (report: Report): unknown => {
    if (report.isGone) return null
    const state = stateOf(report)
    lookAround(report)
    return report.around ? shownValue(view, state, report.around) : view.fold.valueOf(state)
  }
  const shownOf = (report: Report): unknown => (report.shown ??= { value: show(report) }).value
  return { shownOf, lookAround, textOf }
}
