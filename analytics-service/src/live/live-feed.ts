import type { View } from '@twofold/core/views/view.ts'

/** A window as its readers see it. Times in milliseconds; both null for all time. */
export interface LiveRow {
  readonly key: string
  readonly from: number | null
  readonly until: number | null
  /** Null when the window is no more: a late event joined two sessions. */
  readonly value: unknown
  readonly final: boolean
  readonly revision: number
  /** W3C trace context of the newest traced event among the changes that are told, if there was one. */
  readonly traceparent?: string
}

/** A window that was final and changed all the same. */
export interface LiveCorrection extends LiveRow {
  /** What was published before; null when nobody knows it any more. */
  readonly previous: unknown
  /** Appended time of the update that brought it, milliseconds. */
  readonly correctedAt: number
}

export interface LiveChanges {
  /** The newest report of each window that changed or closed. */
  readonly rows: readonly LiveRow[]
  /** In the order in which they came, each revision once. */
  readonly corrections: readonly LiveCorrection[]
}

export interface CorrectionsQuestion {
  /** All keys when undefined. */
  readonly keys: ReadonlySet<string> | undefined
  /** All windows when undefined. */
  readonly window: string | undefined
  readonly limit: number
}

/** The next offset of each partition of `view-updates`: a place in what was published, the same for every replica. */
export type Vector = readonly number[]

/** Everything that is published live, as far as `view-updates` was read. All replicas show the same for one vector. */
export interface LiveFeed {
  /** False until everything that stood in the topic at the start was read. */
  readonly isReady: boolean
  /** How far the topic was read. A new array whenever it moves on. */
  readonly position: Vector
  /** Resolves when a snapshot can be taken: results of all time may have to be read from the stores first. */
  load(view: View, window: string, keys?: ReadonlySet<string>): Promise<void>
  /** Every open window, and of each key the newest final one, oldest first; of all keys when none are named. */
  snapshot(view: View, window: string, keys?: ReadonlySet<string>): readonly LiveRow[]
  /** What changed from a place on up to `position`; undefined when so much is not remembered. */
  changesSince(view: View, window: string, since: Vector, keys?: ReadonlySet<string>): LiveChanges | undefined
  /** The newest corrections of a view that are asked for, newest first, as far as they are remembered. */
  corrections(view: View, question: CorrectionsQuestion): readonly (LiveCorrection & { readonly window: string })[]
  /** Calls back whenever the position moved on or the feed had to start anew (then it forgets all that was before). */
  onMove(listener: () => void): void
}
