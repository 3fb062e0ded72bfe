import type { PackedHistogram } from './histogram.ts'
import type { Comparison, PackedPeriods } from './tally.ts'
import type { Kind } from './watched-window.ts'

/** What the subscribers of one process do. */
export interface SubscriberSettings {
  /** Where streams and sockets are served. */
  readonly url: string
  readonly seed: number
  readonly rooms: number
  readonly videos: number
  /** Numbers of the subscribers among all. */
  readonly sse: readonly number[]
  readonly sockets: readonly number[]
  /** Latencies are told apart by the period in which events were due. Milliseconds. */
  readonly periodMs: number
}

/** What happened to connections of one kind. */
export interface ConnectionCounts {
  /** Connected and served. */
  opened: number
  /** Could not be opened. */
  failed: number
  /** Ended by the other side after they were opened. */
  dropped: number
  reconnected: number
  /** Snapshots because the position was too old. */
  resyncs: number
  /** Messages received. */
  frames: number
  bytes: number
  /** Rows of rooms that were not asked for. */
  strangers: number
}

export interface KindReport {
  readonly connections: ConnectionCounts
  readonly comparison: Comparison
  readonly latencies: PackedPeriods
  /** Of events that were alone in their window. */
  readonly lonely: PackedHistogram
}

/** All that one process, or all of them, have seen. */
export interface SubscriberReport extends Readonly<Record<Kind, KindReport>> {
  /** Steps to counts for which nothing was sent. */
  readonly unknown: number
}

/** Milliseconds since 1970. */
export interface ReportedPeriod {
  /** Windows are compared that end later. */
  readonly since: number
  /** Latencies are noted of windows that ended before. */
  readonly until: number
}

/** A kind, the number of the room or video, and when it was due (milliseconds since 1970); one after the other. */
export type PackedEvents = readonly number[]

export type ToSubscribers =
  | { readonly kind: 'open'; readonly settings: SubscriberSettings }
  | { readonly kind: 'sent'; readonly events: PackedEvents }
  | { readonly kind: 'report'; readonly period: ReportedPeriod }

export type FromSubscribers =
  | { readonly kind: 'opened' }
  | { readonly kind: 'report'; readonly report: SubscriberReport }

export const noConnections = (): ConnectionCounts => ({
  opened: 0,
  failed: 0,
  dropped: 0,
  reconnected: 0,
  resyncs: 0,
  frames: 0,
  bytes: 0,
  strangers: 0,
})
