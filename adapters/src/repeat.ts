import type { RawRow, RowBatch } from '@twofold/core/ports/row-store.ts'

/** What is known of the row that won its id. */
export interface FirstRow {
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
  readonly payload: string
}

export interface Repeat {
  readonly row: RawRow
  readonly isLate: boolean
  readonly isConflict: boolean
}

/** Judges a record whose id is there already. The very same record, replayed after a restore, is neither. */
export function judgeRepeat(first: FirstRow, row: RawRow, { partition, dedupHorizonMs }: RowBatch): Repeat {
  const isElsewhere = first.partition !== partition
  if (!isElsewhere && first.offset === row.offset) return { row, isLate: false, isConflict: false }
  const isLate = isElsewhere || row.appendedAt - first.appendedAt > dedupHorizonMs
  return { row, isLate, isConflict: first.payload !== row.payload }
}

export const isKept = (repeat: Repeat): boolean => repeat.isLate || repeat.isConflict
