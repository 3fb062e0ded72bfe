import type { Slice } from '../slices/slice.ts'

/** A typed column of a raw table, derived from the event's schema. */
export interface RawColumn {
  readonly name: string
  readonly kind: 'text' | 'integer' | 'real' | 'boolean'
  /** Longest text in Unicode code points; absent when the schema sets no limit. */
  readonly maxLength?: number
}

/** The raw table of one event type. */
export interface RawTable {
  readonly topic: string
  readonly columns: readonly RawColumn[]
}

export type ColumnValue = string | number | boolean | null

/** One event as it is kept for ever. Times in milliseconds. */
export interface RawRow {
  readonly id: string
  readonly offset: number
  readonly appendedAt: number
  readonly slice: Slice
  readonly occurredAt: number
  /** The canonical payload as JSON text. */
  readonly payload: string
  /** In the order of the table's columns. */
  readonly columns: readonly ColumnValue[]
}

/** A record that could not be decoded, whole. */
export interface DeadLetter {
  readonly offset: number
  readonly appendedAt: number
  readonly reason: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** As JSON text: name to text. */
  readonly headers: string
}

/** How far the raw rows of a partition reach. */
export interface RowPosition {
  readonly topic: string
  readonly partition: number
  readonly nextOffset: number
  /** Running maximum of the append times up to `nextOffset`; 0 while it was empty. */
  readonly appendedAt: number
}

/** What one transaction writes: rows, dead letters and the position that covers them. */
export interface RowBatch {
  readonly topic: string
  readonly partition: number
  /** In log order. */
  readonly rows: readonly RawRow[]
  readonly deadLetters: readonly DeadLetter[]
  /** The `nextOffset` that the store must still hold; otherwise nothing is written (POSITION_MOVED). */
  readonly expectedOffset: number
  readonly nextOffset: number
  readonly appendedAt: number
  /** A repeat further than this behind its first is kept as a late repeat. Milliseconds. */
  readonly dedupHorizonMs: number
}

export interface RowBatchResult {
  readonly inserted: number
  /** Records whose id was there already. */
  readonly repeats: number
  /** Repeats that came later than the horizon behind the first, or in another partition: the speed layer may have counted them. */
  readonly lateRepeats: number
  /** Repeats with another payload. */
  readonly conflicts: number
}

/** What a scan gives: enough to fold the event. */
export interface ScannedRow {
  readonly id: string
  readonly payload: string
  readonly occurredAt: number
  readonly appendedAt: number
  readonly partition: number
  readonly offset: number
}

/** A repeat that can be looked at: it came late, or with another payload. */
export interface KeptRepeat extends ScannedRow {
  readonly topic: string
  readonly isLate: boolean
  readonly isConflict: boolean
}

/** A kept dead letter with its place in the log. */
export interface KeptDeadLetter extends DeadLetter {
  readonly topic: string
  readonly partition: number
}

export interface ViewVersion {
  readonly view: string
  readonly version: string
}

/** One row of a batch view. `stepMs` 0 is all time; `totalStepMs` marks the sum over all buckets of a key. */
export interface RunRow {
  readonly key: string
  readonly stepMs: number
  readonly from: number
  /** JSON text of the fold's state. */
  readonly state: string
}

/** `stepMs` of the row that holds everything of a key of a bucketed view. */
export const totalStepMs = -1

/** `from` of an all-time bucket and of a total: the earliest time there is, so that it sorts first. */
export const allTimeFrom = -8_640_000_000_000_000

export interface PublishedRun {
  readonly run: number
  readonly boundary: Slice
  /** Database time, milliseconds. */
  readonly publishedAt: number
  readonly views: readonly ViewVersion[]
}

export interface RunRowQuery extends ViewVersion {
  readonly run: number
  /** true: only the totals; false: only buckets. */
  readonly totals: boolean
  readonly keys?: readonly string[]
  /** Only buckets that overlap [from, until); an all-time bucket overlaps every range. */
  readonly from?: number
  readonly until?: number
  /** Only rows after this place in the order (key, from). */
  readonly after?: { readonly key: string; readonly from: number }
  readonly limit: number
  /** Newest bucket first; only together with exactly one key. */
  readonly descending?: boolean
}

export interface RunToPublish {
  readonly run: number
  readonly owner: string
  readonly lease: string
  readonly boundary: Slice
  readonly views: readonly ViewVersion[]
}

/**
 * Raw rows for ever, and the batch views made from them.
 * - Rows and position of a batch are one transaction: all or nothing.
 * - The first row with an id wins, for ever; ids and keys are compared as bytes.
 * - A run is published atomically: its rows can be read only once it is published, and then all of them.
 * - Database time decides about leases.
 */
export interface RowStore {
  /** The stored position of a partition; makes the first one at 0 where there is none. */
  openPosition(topic: string, partition: number): Promise<RowPosition>
  readPositions(topic: string): Promise<RowPosition[]>
  writeRows(batch: RowBatch): Promise<RowBatchResult>
  /** All rows with `appendedAt` < `before`, in chunks, in log order within each partition. */
  scanRows(topic: string, before: number): AsyncIterable<readonly ScannedRow[]>
  /** Newest first; for people and proofs, not for folding. */
  readDeadLetters(topic: string, limit: number): Promise<KeptDeadLetter[]>
  readRepeats(topic: string, limit: number): Promise<KeptRepeat[]>
  /** Takes or prolongs a lease; false when somebody else holds it. */
  holdLease(lease: string, owner: string, ttlMs: number): Promise<boolean>
  releaseLease(lease: string, owner: string): Promise<void>
  /** A new run, not yet visible to any reader. */
  createRun(owner: string): Promise<number>
  writeRunRows(run: number, view: ViewVersion, rows: readonly RunRow[]): Promise<void>
  /**
   * Makes a run visible, in one transaction that checks that `owner` still holds the lease (LEASE_LOST) and that the
   * boundary shrinks for no view and grows for at least one (BOUNDARY_NOT_GROWN).
   */
  publishRun(run: RunToPublish): Promise<void>
  /** The newest published run that holds this view, or the newest of any view when none is named. */
  readNewestRun(view?: ViewVersion): Promise<PublishedRun | null>
  /** A published run that still has its rows, or null. */
  readRun(run: number): Promise<PublishedRun | null>
  /** In order of key (as bytes), then bucket start, then longer bucket first. Rejects with RUN_GONE once the run was swept. */
  readRunRows(query: RunRowQuery): Promise<RunRow[]>
  /**
   * Removes runs that newer ones pushed out of the newest `keep` of each of their views at least `graceMs` ago, and
   * runs that were made that long ago and never published. Answers how many. The grace begins when a run is pushed out,
   * not when it was published: a reader may have found it up to then and still page through it.
   */
  sweepRuns(keep: number, graceMs: number): Promise<number>
  ping(): Promise<void>
  close(): Promise<void>
}
