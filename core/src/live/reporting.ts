import type { View } from '../views/view.ts'
import { overlaps, type Window, type WindowRange } from '../views/windows.ts'
import type { Taken } from './live-bucket.ts'
import type { LiveKey } from './live-key.ts'
import type { ReportBook } from './report-book.ts'
import { createReportValues, type ReportValues } from './report-values.ts'
import type { Correction, KeptCorrection, Place, Report } from './report.ts'

interface ReportingParts {
  readonly view: View
  readonly book: ReportBook
  readonly keyOf: (name: string) => LiveKey
  readonly onCorrection?: (correction: Correction) => void
}

/** What was published of a report before it changed. */
interface Before {
  readonly shown: unknown
  readonly text: string
}

/** Turns changes of buckets into reports of windows, and of final windows into corrections. */
export interface Reporting extends ReportValues {
  /** Takes a change in and reports the windows that it is in. */
  report(key: string, windows: readonly { window: Window; range: WindowRange }[], take: () => Taken, place: Place): void
  /** Reads from the stores what may be newer than what was published: reports whatever that changes of a key in a range. */
  reportAll(key: string, range: WindowRange, load: () => void, place: Place): void
  /** What the stores know of a window's corrections. */
  restore(key: string, kept: KeptCorrection): void
  correct(report: Report, previous: unknown, place: Place): void
  /** The same, but what a correction from the store holds already is not told anew. */
  correctUnlessSettled(report: Report, previous: unknown, place: Place): void
}

export function createReporting({ view, book, keyOf, onCorrection }: ReportingParts): Reporting {
  const values = createReportValues(view, keyOf)
  const { shownOf, textOf } = values
  const correct: Reporting['correct'] = (report, before, { place, appendedAt, traceparent }) => {
    // The stores may be ahead of the updates: what was published last is what the newest correction told.
    const previous = report.settled?.revision === report.revision ? report.settled.value : before
    const told = { place, report, revision: ++report.revision, previous, value: shownOf(report), correctedAt: appendedAt }
    const correction = traceparent === undefined ? told : { ...told, traceparent }
    book.correct(correction)
    onCorrection?.(correction)
  }
  const correctUnlessSettled: Reporting['correctUnlessSettled'] = (report, previous, place) => {
    const { settled } = report
    if (!settled || place.place > settled.place) correct(report, previous, place)
    else if (place.place === settled.place) book.correct({ ...settled, report })
  }
  /** A final window changed. What a correction from the store holds already was published. */
  const settle = (report: Report, before: Before, taken: Taken, place: Place): void => {
    report.shown = undefined
    const isSettled = report.settled !== undefined && place.place <= report.settled.place
    if (!isSettled && taken === 'changed' && textOf(report) === before.text) return
    correctUnlessSettled(report, taken === 'held' ? null : before.shown, place)
  }
  const beforeOf = (report: Report): Before => ({ shown: shownOf(report), text: textOf(report) })
  return {
    ...values,
    correct,
    correctUnlessSettled,
    report(key, windows, take, place) {
      const reports = windows.map(({ window, range }) => book.open(window, key, range))
      const before = reports.map((report) => (report.final ? beforeOf(report) : undefined))
      const taken = take()
      if (taken === 'known') return
      reports.forEach((report, at) => {
        const known = before[at]
        if (known) settle(report, known, taken, place)
        else book.note(report, place)
      })
    },
    reportAll(key, range, load, place) {
      const reports = [...book.ofKey(key)].filter((report) => report.window.kind !== 'session' && overlaps(report, range))
      const known = reports.map((report) => ({ report, before: beforeOf(report) }))
      load()
      for (const { report, before } of known) {
        report.shown = undefined
        if (textOf(report) === before.text) continue
        if (report.final) correctUnlessSettled(report, before.shown, place)
        else book.note(report, place)
      }
    },
    restore(key, kept) {
      const window = view.windows.find(({ name }) => name === kept.window)
      if (!window) return
      // A session that is no more has nothing to go on from.
      const report = window.kind === 'session' ? book.find(window, key, kept) : book.open(window, key, kept)
      if (!report || report.revision >= kept.revision) return
      Object.assign(report, { revision: kept.revision, settled: kept })
    },
  }
}
