import { allTimeStep, type Bucket } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import type { Window, WindowRange } from '../views/windows.ts'
import type { Past } from './known-past.ts'
import { takeCell } from './live-bucket.ts'
import { type LiveKey, openBucket, rangeOf, windowsOf } from './live-key.ts'
import { createLiveMemory } from './live-memory.ts'
import { extentOf, type PastContent } from './load-past.ts'
import { createReportBook, type ReportBook } from './report-book.ts'
import type { Correction, Place, Report } from './report.ts'
import { createReporting } from './reporting.ts'
import { createSessionReporting } from './session-reporting.ts'
import type { CellUpdate, Progress } from './updates.ts'
import { createWatermark, type Watermark } from './watermark.ts'

export interface LiveViewOptions {
  readonly view: View
  /** Partitions of the view's topic. */
  readonly partitions: number
  /** How long a slice is. */
  readonly sliceMs: number
  readonly onCorrection?: (correction: Correction) => void
}

/**
 * The live results of one view in one partition of the updates: a fold of that partition, the same for whoever reads
 * it. Call `startAt` before the first update.
 */
export interface LiveView {
  readonly view: View
  readonly watermark: Watermark
  /** `appendedAt`: of the first update that is read. What happened before is read from the stores when it is asked for. */
  startAt(appendedAt: number): void
  /** What has to be read from the stores before a cell can be taken in; ask again once it was. */
  missingFor(cell: CellUpdate): Past | undefined
  /** What has to be read before a key's result of all time can be shown. */
  missingOf(key: string): Past | undefined
  load(past: Past, content: PastContent, place: Place): void
  takeCell(cell: CellUpdate, place: Place): void
  takeProgress(progress: Progress, place: Place): void
  /** What changed behind a place, of some keys or all; undefined when that is not remembered. */
  since(window: Window, place: number, keys?: ReadonlySet<string>): { readonly subjects: readonly Report[]; readonly events: readonly Correction[] } | undefined
  /** In the order in which they were told, as far as they were not forgotten. */
  corrections(window: Window): readonly Correction[]
  /** Forgets corrections of before a time, milliseconds. Nobody else does: call it now and then. */
  forgetCorrections(before: number): void
  current: ReportBook['current']
  valueOf(report: Report): unknown
  /** How often a window was corrected, as far as its corrections are remembered. */
  revisionOf(key: string, range: WindowRange): number
  /** Whether anything of a key is held or published. */
  holds(key: string): boolean
  /** Event time from which on everything is known from the updates, milliseconds; what happened before is read from the stores. */
  readonly trustedFrom: number
  readonly keyCount: number
  countBuckets(): number
}

export function createLiveView({ view, partitions, sliceMs, onCorrection }: LiveViewOptions): LiveView {
  const watermark = createWatermark(partitions)
  const book = createReportBook(view)
  const memory = createLiveMemory(view, book, sliceMs)
  const { past } = memory
  const reporting = createReporting({ view, book, keyOf: memory.open, ...(onCorrection ? { onCorrection } : {}) })
  const sessionReporting = createSessionReporting({ view, book, reporting })
  const allTime = view.windows.filter(({ kind }) => kind === 'all-time')

  return {
    view,
    watermark,
    startAt: memory.startAt,
    missingFor: (cell) => past.missing(cell.key, memory.reachAround(cell.key, cell)),
    missingOf: (key) => past.missing(key, rangeOf({ stepMs: allTimeStep, from: 0 })),
    load(loaded, content, place) {
      reporting.reportAll(loaded.key, extentOf(loaded, content), () => memory.load(loaded, content, place.appendedAt), place)
      sessionReporting.adopt(loaded.key, memory.open(loaded.key))
      for (const kept of content.corrections) reporting.restore(loaded.key, kept)
      if (content.rows.length + content.cells.length > 0) for (const window of allTime) book.open(window, loaded.key, loaded)
    },
    takeCell(cell, place) {
      const key = memory.open(cell.key)
      const bucket = openBucket(key, { stepMs: cell.stepMs, from: cell.from }, past.boundaryOf(cell.key, rangeOf(cell)))
      past.touch(cell.key, memory.reachAround(cell.key, cell), place.appendedAt)
      reporting.report(cell.key, windowsAround(view, key, cell), () => takeCell(bucket, cell), place)
      sessionReporting.report(cell.key, key, place)
    },
    takeProgress(progress, place) {
      if (watermark.advance(progress)) {
        const horizon = memory.horizonOf(watermark.time)
        past.trustFrom(horizon)
        book.closeUntil(watermark.time, horizon, place, memory.isHeld).forEach(reporting.lookAround)
        memory.forgetUntil(horizon)
      }
      memory.forgetPast(place.appendedAt)
    },
    since: (window, place, keys) => changesSince(book, window, place, keys),
    corrections: (window) => book.journalOf(window).events,
    forgetCorrections(before) {
      for (const window of view.windows) book.journalOf(window).forgetEvents(before)
    },
    current: book.current,
    valueOf: reporting.shownOf,
    revisionOf: (key, range) => Math.max(0, ...view.windows.map((window) => revisionIn(book, window, key, range))),
    holds: (key) => memory.keys.holds(key) || [...book.ofKey(key)].length > 0,
    get trustedFrom() {
      return past.trustedFrom
    },
    get keyCount() {
      return memory.keys.count
    },
    countBuckets: () => memory.keys.countBuckets(),
  }
}

function changesSince(book: ReportBook, window: Window, place: number, keys: ReadonlySet<string> | undefined): ReturnType<LiveView['since']> {
  const changes = book.journalOf(window).since(place)
  if (!changes || !keys) return changes
  const subjects = [...keys].flatMap((key) => [...book.ofKey(key)].filter((report) => report.window === window && report.changedAt > place))
  return { subjects: subjects.sort((one, other) => one.changedAt - other.changedAt), events: changes.events.filter(({ report }) => keys.has(report.key)) }
}

/** A window is forgotten minutes after it closed, its corrections later. */
function revisionIn(book: ReportBook, window: Window, key: string, range: WindowRange): number {
  const told = book.journalOf(window).newest(key, range.from)
  const isSame = told && (window.kind === 'session' || told.report.until === range.until)
  return Math.max(book.find(window, key, range)?.revision ?? 0, isSame ? told.revision : 0)
}

function windowsAround(view: View, key: LiveKey, bucket: Bucket): { window: Window; range: WindowRange }[] {
  return view.windows.flatMap((window) =>
    window.kind === 'session' ? [] : windowsOf(key, view, window, bucket).map((range) => ({ window, range })),
  )
}
