import type { View } from '../views/view.ts'
import type { Window, WindowRange } from '../views/windows.ts'
import { createClosingTimes } from './closing-times.ts'
import { createJournal, type Journal } from './journal.ts'
import { lookedAt } from './looked-at.ts'
import { type Correction, createReport, type Place, type Report } from './report.ts'

/** What is published of one view in one partition of the updates, and in which order it changed. */
export interface ReportBook {
  /** The report of a window, made when there is none: final at once where the watermark has passed it. */
  open(window: Window, key: string, range: WindowRange): Report
  find(window: Window, key: string, range: WindowRange): Report | undefined
  ofKey(key: string): Iterable<Report>
  /** Notes a change that readers are to see: of an open window. */
  note(report: Report, place: Place): void
  /** Notes a change of a final window. */
  correct(correction: Correction): void
  /** The end of a session moved. */
  moveEnd(report: Report, until: number): void
  /**
   * Closes what ends with its grace before the watermark, and forgets what looks at times before the horizon unless all of that is
   * held: what would be made of a part alone is wrong. A session is forgotten when it ended before the horizon. Answers what closed.
   */
  closeUntil(watermark: number, horizon: number, place: Place, isHeld: (report: Report) => boolean): readonly Report[]
  forget(report: Report): void
  journalOf(window: Window): Journal<Report, Correction>
  /** Open windows, and of each key the newest final one; oldest first. */
  current(window: Window, keys?: ReadonlySet<string>): Report[]
}

/** Ends of sessions may be anywhere: they are gathered by so many milliseconds, rounded up. */
const gridMs = 250

function gathered(time: number): number {
  return Math.ceil(time / gridMs) * gridMs
}

/** The horizon with which a report that is final is forgotten. */
function forgottenAt(view: View, { window, ...range }: Report): number {
  return window.kind === 'aligned' ? lookedAt(view, window, range).from + 1 : gathered(range.until)
}

export function createReportBook(view: View): ReportBook {
  const reports = createReports()
  const closesAt = ({ until }: WindowRange): number => until + view.graceMs
  const open = createClosingTimes<Report>((report) => gathered(closesAt(report)))
  const closed = createClosingTimes<Report>((report) => forgottenAt(view, report))
  const journals = new Map(view.windows.map((window) => [window.name, createJournal<Report, Correction>()]))
  let watermark = Number.NEGATIVE_INFINITY

  const journalOf = ({ name }: Window): Journal<Report, Correction> => journals.get(name)!
  const isPast = (range: WindowRange): boolean => closesAt(range) <= watermark
  const schedule = (report: Report): void => (report.final ? closed : open).add(report)
  const forget = (report: Report): void => {
    journalOf(report.window).forget(report)
    for (const times of [open, closed, reports]) times.delete(report)
  }
  return {
    find: reports.find,
    ofKey: reports.ofKey,
    current: reports.current,
    journalOf,
    forget,
    open(window, key, range) {
      const known = reports.find(window, key, range)
      if (known) return known
      const report = createReport(window, key, range, isPast(range))
      reports.add(report)
      schedule(report)
      return report
    },
    note(report, place) {
      journalOf(report.window).note(changed(report, place), place.place)
    },
    correct(correction) {
      const journal = journalOf(correction.report.window)
      journal.note(correction.report, correction.place)
      journal.add(correction)
    },
    moveEnd(report, until) {
      for (const times of [open, closed]) times.delete(report)
      report.until = until
      report.final &&= isPast(report)
      schedule(report)
    },
    closeUntil(time, horizon, place, isHeld) {
      watermark = time
      const closing = open.due(time)
      for (const report of closing) {
        open.delete(report)
        closed.add(report)
        if (!report.isGone) journalOf(report.window).note(finalised(report), place.place)
      }
      const due = closed.due(horizon)
      due.filter((report) => isHeld(report) && report.until <= horizon).forEach(closed.delete)
      due.filter((report) => !isHeld(report)).forEach(forget)
      return closing
    },
  }
}

function changed(report: Report, { place, traceparent }: Place): Report {
  report.shown = undefined
  if (traceparent !== undefined) report.traced = { place, traceparent }
  return report
}

/** What lay around it may have changed since it was shown first. */
function finalised(report: Report): Report {
  return Object.assign(report, { final: true, shown: undefined, around: undefined })
}

function createReports() {
  const byKey = new Map<string, Map<string, Report>>()
  const find = (window: Window, key: string, range: WindowRange): Report | undefined => byKey.get(key)?.get(idOf(window, range))
  return {
    find,
    ofKey: (key: string): Iterable<Report> => byKey.get(key)?.values() ?? [],
    add(report: Report): void {
      const ofKey = byKey.get(report.key) ?? new Map<string, Report>()
      byKey.set(report.key, ofKey.set(idOf(report.window, report), report))
    },
    delete(report: Report): void {
      const ofKey = byKey.get(report.key)
      ofKey?.delete(idOf(report.window, report))
      if (ofKey?.size === 0) byKey.delete(report.key)
    },
    current(window: Window, keys?: ReadonlySet<string>): Report[] {
      const ofKeys = keys ? [...keys].map((key) => byKey.get(key)) : [...byKey.values()]
      const reports = ofKeys.flatMap((ofKey) => (ofKey ? currentOf(window, ofKey.values()) : []))
      return reports.sort((left, right) => left.from - right.from)
    },
  }
}

/** A session is named by its start: its end moves. */
function idOf({ kind, name }: Window, { from, until }: WindowRange): string {
  return kind === 'session' ? `${name}/${from}` : `${name}/${from}/${until}`
}

function currentOf(window: Window, reports: Iterable<Report>): Report[] {
  const open: Report[] = []
  let newest: Report | undefined
  for (const report of reports) {
    if (report.window !== window || report.isGone) continue
    if (!report.final) open.push(report)
    else if (!newest || report.until > newest.until) newest = report
  }
  return newest ? [newest, ...open] : open
}
