import type { View } from '@twofold/core/views/view.ts'
import type { LiveChanges, Vector } from '../live/live-feed.ts'

/** What was published between two places; without changes when only a tick was asked for. */
export interface Tick {
  readonly since: Vector
  readonly position: Vector
  readonly changes: LiveChanges
}

export type TickListener = (tick: Tick) => void

/** Publishes the changes of each watched window of a view: at most every 250 ms, latest wins, up to every second when publishing takes long. */
export interface Ticker {
  /** Calls back at every tick with changes, until the answered function is called. */
  listen(view: View, window: string, listener: TickListener): () => void
  /** Asks for a tick soon, also without changes: somebody waits to join at a place. */
  ask(view: View, window: string): void
}
