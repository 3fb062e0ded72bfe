import type { Around } from '../views/view.ts'
import type { Window, WindowRange } from '../views/windows.ts'
import type { Journaled } from './journal.ts'

/** One window of one key, as it is published. */
export interface Report extends Journaled {
  readonly window: Window
  readonly key: string
  /** Milliseconds; `allTimeFrom` and Infinity for all time. */
  readonly from: number
  until: number
  final: boolean
  /** How many corrections there were. */
  revision: number
  /** What readers see, until the next change. */
  shown: { readonly value: unknown } | undefined
  /** What lay around it when it was shown first, and again when it closed: looking costs more than folding. */
  around: Around | undefined
  /** Only of a session: its state, as the view folds it. */
  session: unknown
  /** The newest correction that was read from the store: updates up to its place are in it. */
  settled: KeptCorrection | undefined
  /** The newest traced event that changed it. */
  traced: TracedChange | undefined
  /** It is no more: a late event joined it with another session. */
  isGone: boolean
}

/** That a traced event brought a change. */
export interface TracedChange {
  /** The place behind the update. */
  readonly place: number
  readonly traceparent: string
}

/** A correction as the stores keep it. */
export interface KeptCorrection extends WindowRange {
  readonly window: string
  readonly place: number
  readonly revision: number
  readonly previous: unknown
  readonly value: unknown
  readonly correctedAt: number
}

/** A final window that changed. */
export interface Correction {
  /** The next offset of the update that brought it, in its partition of `view-updates`. */
  readonly place: number
  readonly report: Report
  readonly revision: number
  /** Null when nobody knows it any more. */
  readonly previous: unknown
  readonly value: unknown
  /** Appended time of the update, milliseconds. */
  readonly correctedAt: number
  /** Trace context of the update, if it had one. */
  readonly traceparent?: string
}

/** Where an update stands. */
export interface Place {
  /** The offset behind it. */
  readonly place: number
  readonly appendedAt: number
  /** Trace context of the update, if a traced event brought it. */
  readonly traceparent?: string
}

export function createReport(window: Window, key: string, { from, until }: WindowRange, final: boolean): Report {
  return {
    window,
    key,
    from,
    until,
    final,
    revision: 0,
    changedAt: 0,
    shown: undefined,
    around: undefined,
    session: undefined,
    settled: undefined,
    traced: undefined,
    isGone: false,
  }
}
