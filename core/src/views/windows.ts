import { floorTo } from './resolutions.ts'

/**
 * How a view's results are published while they arrive. Times in milliseconds; windows are half-open and aligned to
 * multiples of `everyMs` since the epoch.
 */
export type Window =
  | { readonly kind: 'aligned'; readonly name: string; readonly sizeMs: number; readonly everyMs: number }
  | { readonly kind: 'session'; readonly name: string; readonly gapMs: number }
  | { readonly kind: 'all-time'; readonly name: 'all' }

export type AlignedWindow = Extract<Window, { kind: 'aligned' }>
export type SessionWindow = Extract<Window, { kind: 'session' }>

/** A window as a view's author writes it down; the view's finest step completes it. */
export type WindowDefinition = (finestStepMs: number) => Window

/** A window of event time. */
export interface WindowRange {
  readonly from: number
  readonly until: number
}

/** Windows of one length, one after the other. */
export function tumblingWindow({ seconds }: { seconds: number }): WindowDefinition {
  return (finestMs) => aligned(formatDuration(seconds), { sizeMs: msOf(seconds), everyMs: msOf(seconds), finestMs })
}

/** Windows of one length, a new one every so often: an event is in several. */
export function hoppingWindow({ seconds, everySeconds }: { seconds: number; everySeconds: number }): WindowDefinition {
  const name = `hopping-${formatDuration(seconds)}-${formatDuration(everySeconds)}`
  return (finestMs) => aligned(name, { sizeMs: msOf(seconds), everyMs: msOf(everySeconds), finestMs })
}

/** The last so many seconds, moved on by the view's finest step. */
export function slidingWindow({ seconds }: { seconds: number }): WindowDefinition {
  return (finestMs) => aligned(`sliding-${formatDuration(seconds)}`, { sizeMs: msOf(seconds), everyMs: finestMs, finestMs })
}

/**
 * Activity of one key without a pause of `gapSeconds` or longer; it lasts from its first event until the gap after its
 * last one. Exact: the ends are event times, not bucket edges.
 */
export function sessionWindow({ gapSeconds }: { gapSeconds: number }): WindowDefinition {
  const gapMs = msOf(gapSeconds)
  if (!(gapMs > 0 && gapMs < Number.POSITIVE_INFINITY)) throw new RangeError('the gap between two sessions must be longer than 0 ms, and end')
  return () => ({ kind: 'session', name: `session-${formatDuration(gapSeconds)}`, gapMs })
}

/** More windows than this around one event would make each event cost that many sums. */
const maxOverlap = 120

interface Alignment {
  readonly sizeMs: number
  readonly everyMs: number
  readonly finestMs: number
}

function aligned(name: string, { sizeMs, everyMs, finestMs }: Alignment): Window {
  if (!(finestMs > 0)) throw new RangeError(`the window ${name} needs a view with buckets`)
  for (const ms of [sizeMs, everyMs]) {
    if (!(ms > 0) || ms % finestMs !== 0) throw new RangeError(`the window ${name} must be made of whole steps of ${finestMs} ms`)
  }
  if (sizeMs % everyMs !== 0) throw new RangeError(`the window ${name} must be a multiple of what it moves on by`)
  if (sizeMs / everyMs > maxOverlap) throw new RangeError(`the window ${name} must move on by a ${maxOverlap}th of its length at least`)
  return { kind: 'aligned', name, sizeMs, everyMs }
}

/** The windows that hold a whole stretch of time, oldest first; none when it is longer than a window or crosses an edge. */
export function windowsAround({ sizeMs, everyMs }: AlignedWindow, { from, until }: WindowRange): WindowRange[] {
  const ranges: WindowRange[] = []
  for (let start = floorTo(from, everyMs); start + sizeMs >= until; start -= everyMs) ranges.unshift({ from: start, until: start + sizeMs })
  return ranges
}

/** Whether one lies in the other. What is kept of all time stands beside what is kept in buckets, not around it. */
export function isWithin(inner: WindowRange, outer: WindowRange): boolean {
  return isAllTime(inner) === isAllTime(outer) && inner.from >= outer.from && inner.until <= outer.until
}

/** Whether they have some time in common; all time only with itself. */
export function overlaps(one: WindowRange, other: WindowRange): boolean {
  return isAllTime(one) === isAllTime(other) && one.from < other.until && one.until > other.from
}

function isAllTime({ until }: WindowRange): boolean {
  return until === Number.POSITIVE_INFINITY
}

/** How long after the first event of it a window may still grow, in milliseconds; a session has no such limit. */
export function lengthOf(window: Window): number {
  return window.kind === 'aligned' ? window.sizeMs : window.kind === 'session' ? window.gapMs : 0
}

/** 1.001 s times 1000 is a little less than 1001. */
function msOf(seconds: number): number {
  return Math.round(seconds * 1000)
}

function formatDuration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}
