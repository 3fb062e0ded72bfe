import { maxAheadMs } from '../events/fields.ts'
import { allTimeStep, type Bucket, floorTo } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import { isWithin, lengthOf, type WindowRange } from '../views/windows.ts'
import { createKnownPast, type KnownPast, type Past } from './known-past.ts'
import { type LiveKey, rangeOf, windowsOf } from './live-key.ts'
import { createLiveKeys, type LiveKeys } from './live-keys.ts'
import { loadPast, type PastContent } from './load-past.ts'
import { lookedAt } from './looked-at.ts'
import type { ReportBook } from './report-book.ts'
import type { Report } from './report.ts'
import { reachOfSessions } from './session-reporting.ts'

/** How long a window is remembered after it closed, so that readers who come back find what they missed. */
const rememberMs = 120_000

/** The buckets that are held, and for how long. */
export interface LiveMemory {
  open(name: string): LiveKey
  readonly keys: LiveKeys
  readonly past: KnownPast
  /** Everything that the reports of a bucket's windows are made of. */
  reachAround(name: string, bucket: Bucket): WindowRange
  /** Whether everything that a report looks at is held. */
  isHeld(report: Report): boolean
  load(past: Past, content: PastContent, appendedAt: number): void
  /** From now on everything is known that happens later than the clock of a client may be ahead. */
  startAt(appendedAt: number): void
  /** Event time before which nothing is held but what late events asked for. Milliseconds. */
  horizonOf(watermark: number): number
  /** Forgets buckets that ended before a horizon. */
  forgetUntil(horizon: number): void
  /** Forgets what was read for late events, when none came for long. */
  forgetPast(appendedAt: number): void
}

/** Longest stretch before a window's end that a report of it looks at. Milliseconds. */
function lookBackOf(view: View): number {
  return Math.max(...view.windows.map((window) => -lookedAt(view, window, { from: -lengthOf(window), until: 0 }).from))
}

/** `sliceMs`: what was read is kept for two slices at least, as no store is asked for what the updates told in the current one. */
export function createLiveMemory(view: View, book: ReportBook, sliceMs: number): LiveMemory {
  const keys = createLiveKeys()
  const past = createKnownPast()
  const memoryMs = lookBackOf(view) + view.graceMs + rememberMs
  const alignMs = Math.max(1, ...view.resolutions.map(({ stepMs }) => stepMs).filter((stepMs) => stepMs <= memoryMs))
  let forgotten = Number.NEGATIVE_INFINITY

  /** A session that is still remembered is made of all its buckets, however long ago it began. */
  const isInSession = (name: string, { from, until }: WindowRange): boolean => {
    for (const report of book.ofKey(name)) if (report.window.kind === 'session' && report.from < until && report.until > from) return true
    return false
  }
  const isHeld = (report: Report): boolean => {
    const { window, key } = report
    return window.kind === 'aligned' ? past.missing(key, lookedAt(view, window, report)) === undefined : past.isHeld(key, report)
  }
  return {
    open: keys.open,
    keys,
    past,
    isHeld,
    reachAround(name, bucket) {
      if (bucket.stepMs === allTimeStep) return rangeOf(bucket)
      const { from, until } = reachOf(view, keys.open(name), bucket)
      const stepMs = Math.max(alignMs, bucket.stepMs)
      return until === Number.POSITIVE_INFINITY ? { from, until } : { from: floorTo(from, stepMs), until: -floorTo(-until, stepMs) }
    },
    load(loaded, content, appendedAt) {
      // Of two that were read at once the one with the newer batch view counts, whichever came last.
      if (past.boundaryOf(loaded.key, loaded) > content.boundary) return
      loadPast(keys.open(loaded.key), loaded, content)
      past.add(loaded, content.boundary, appendedAt)
    },
    startAt: (appendedAt) => past.trustFrom(-floorTo(-(appendedAt + maxAheadMs), alignMs)),
    horizonOf: (watermark) => floorTo(watermark - memoryMs, alignMs),
    forgetUntil(horizon) {
      past.trustFrom(horizon)
      if (horizon <= forgotten) return
      forgotten = horizon
      keys.forget((name, range, stepMs) => stepMs !== allTimeStep && range.until <= horizon && !past.isHeld(name, range) && !isInSession(name, range))
    },
    forgetPast(appendedAt) {
      for (const { key: name, ...range } of past.takeUntouched(appendedAt - Math.max(memoryMs, 2 * sliceMs))) {
        for (const report of book.ofKey(name)) if (!isHeld(report) && (report.window.kind === 'aligned' || isWithin(report, range))) book.forget(report)
        keys.forgetOf(name, (_, inner) => isWithin(inner, range) && !past.isHeld(name, inner))
      }
    },
  }
}

function reachOf(view: View, key: LiveKey, bucket: Bucket): WindowRange {
  const ranges = view.windows.flatMap((window) =>
    window.kind === 'session' ? [reachOfSessions(key, view, window, bucket)] : windowsOf(key, view, window, bucket).map((range) => lookedAt(view, window, range)),
  )
  return { from: Math.min(...ranges.map(({ from }) => from)), until: Math.max(...ranges.map(({ until }) => until)) }
}
