import type { Slice } from '../slices/slice.ts'

/** Which result of which view: a pure function of the log decides its state. */
export interface CellAddress {
  readonly view: string
  readonly version: string
  readonly slice: Slice
  readonly partition: number
  readonly key: string
  /** Length of the event-time bucket in milliseconds; 0 for all time. */
  readonly stepMs: number
  /** Start of the bucket in milliseconds; `allTimeFrom` for all time. */
  readonly from: number
}

/** One speed result: the absolute state up to and including the record at `offset`, as JSON text. */
export interface Cell extends CellAddress {
  readonly state: string
  readonly offset: number
}

/** How far the cells of one (view, version, partition) reach. Written after the cells that it covers. */
export interface ViewPosition {
  readonly view: string
  readonly version: string
  readonly partition: number
  /** The first slice whose cells are whole; 0 when the view was folded from the very start of the log. */
  readonly firstSlice: Slice
  /** Appended time of the first record that was folded; null while there was none. */
  readonly since: number | null
  readonly nextOffset: number
  /** Running maximum of the append times of the partition, up to `nextOffset`; 0 while it was empty. */
  readonly appendedAt: number
}

/** All bounds are half-open; an absent one doesn't restrict. */
export interface CellQuery {
  readonly view: string
  readonly version: string
  /** Every slice to read: a store whose rows are grouped by slice can't ask for "the rest". */
  readonly slices: readonly Slice[]
  readonly partitions: readonly number[]
  readonly keys?: readonly string[]
  /** Only buckets that overlap [from, until); an all-time bucket overlaps every range. */
  readonly from?: number
  readonly until?: number
}

/**
 * The speed layer's results.
 * - Of two writes to one cell or position the one with the higher offset wins, in whatever order they arrive;
 *   a repeated write changes nothing.
 * - Keys are compared as bytes.
 * - A write is visible to every later read once it resolved.
 * - Cells expire `cellTtlMs` (an option of the adapter) after their last write; positions never do.
 */
export interface CounterStore {
  writeCells(cells: readonly Cell[]): Promise<void>
  /** In no particular order. */
  readCells(query: CellQuery): Promise<Cell[]>
  writePositions(positions: readonly ViewPosition[]): Promise<void>
  readPositions(view: string, version: string): Promise<ViewPosition[]>
  ping(): Promise<void>
  close(): Promise<void>
}
