import type { Vector } from '../live/live-feed.ts'
import type { Sink } from './sink.ts'

/** Where a reader begins: with a snapshot, at a place it was told before, or with a snapshot because that place is of no use. */
export type Start = 'snapshot' | 'resync' | { readonly since: Vector }

export interface Reader {
  readonly sink: Sink
  /** How often nothing had been written when it was looked at. */
  quietLooks: number
}
