import type { Bucket } from '../views/resolutions.ts'
import type { Session } from '../views/sessions.ts'
import type { View } from '../views/view.ts'
import type { SessionWindow, WindowRange } from '../views/windows.ts'
import { type LiveKey, rangeOf, sessionsOf } from './live-key.ts'
import type { ReportBook } from './report-book.ts'
import type { Place, Report } from './report.ts'
import type { Reporting } from './reporting.ts'

/** Everything that a session with events in this bucket may be made of, as far as is known. */
export function reachOfSessions(key: LiveKey, view: View, { gapMs }: SessionWindow, bucket: Bucket): WindowRange {
  let { from, until } = rangeOf(bucket)
  for (const [first, last] of sessionsOf(key, view)) {
    if (last < from - gapMs || first >= until + gapMs) continue
    from = Math.min(from, first)
    until = Math.max(until, last)
  }
  return { from: from - gapMs, until: until + gapMs }
}

export interface SessionReporting {
  /** Takes the sessions of a key for published: they were read from the stores. */
  adopt(name: string, key: LiveKey): void
  /** Compares the sessions of a key with what was published of them. */
  report(name: string, key: LiveKey, place: Place): void
}

/** Sessions are not told by one bucket: after each change those of the key are looked at anew. */
export function createSessionReporting({ view, book, reporting }: { view: View; book: ReportBook; reporting: Reporting }): SessionReporting {
  const window = view.windows.find((candidate) => candidate.kind === 'session')
  if (!window) return { adopt: () => undefined, report: () => undefined }

  const begin = (name: string, session: Session<unknown>, place: Place): Report => {
    const report = book.open(window, name, { from: session[0], until: session[1] + window.gapMs })
    Object.assign(report, { session: [session], isGone: false, shown: undefined })
    if (report.final) reporting.correct(report, null, place)
    else book.note(report, place)
    return report
  }
  const goOn = (report: Report, session: Session<unknown>, place: Place): void => {
    const until = session[1] + window.gapMs
    const before = { shown: reporting.shownOf(report), text: reporting.textOf(report), wasFinal: report.final }
    report.session = [session]
    if (report.until === until && reporting.textOf(report) === before.text) return
    report.shown = undefined
    if (report.until !== until) book.moveEnd(report, until)
    if (before.wasFinal) reporting.correctUnlessSettled(report, before.shown, place)
    else book.note(report, place)
  }
  const end = (report: Report, place: Place): void => {
    const previous = reporting.shownOf(report)
    report.isGone = true
    report.shown = undefined
    if (report.final) reporting.correct(report, previous, place)
    else book.note(report, place)
  }
  return {
    adopt(name, key) {
      const before = new Set([...book.ofKey(name)].filter((report) => report.window === window))
      for (const session of sessionsOf(key, view)) {
        const until = session[1] + window.gapMs
        const report = book.open(window, name, { from: session[0], until })
        if (report.until !== until) book.moveEnd(report, until)
        Object.assign(report, { session: [session], isGone: false, shown: undefined })
        before.delete(report)
      }
      for (const report of before) report.isGone = true
    },
    report(name, key, place) {
      const known = new Set([...book.ofKey(name)].filter((report) => report.window === window && !report.isGone))
      for (const session of sessionsOf(key, view)) {
        const report = book.find(window, name, { from: session[0], until: session[1] })
        if (report && !report.isGone) goOn(report, session, place)
        known.delete(report && !report.isGone ? report : begin(name, session, place))
      }
      for (const report of known) end(report, place)
    },
  }
}
