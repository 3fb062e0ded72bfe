import { aroundOf, shownValue } from '../serving/look-around.ts'
import type { Around, View } from '../views/view.ts'
import { type LiveKey, rowsWithin, stateWithin } from './live-key.ts'
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
  const show = (report: Report): unknown => {
    if (report.isGone) return null
    const state = stateOf(report)
    if (!view.showing || report.window.kind !== 'aligned') return view.fold.valueOf(state)
    return shownValue(view, state, (report.around ??= findAround(report, view.showing.baselineMs)))
  }
  const findAround = ({ key, from, until }: Report, baselineMs: number): Around => {
    return aroundOf(view, { stepMs: until - from, from }, rowsWithin(key, keyOf(key), view, { from: from - baselineMs, until: from }))
  }
  const lookAround = (report: Report): void => {
    if (view.showing && report.window.kind === 'aligned') report.around ??= findAround(report, view.showing.baselineMs)
  }
  const shownOf = (report: Report): unknown => (report.shown ??= { value: show(report) }).value
  return { shownOf, lookAround, textOf }
}
