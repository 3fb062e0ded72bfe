/**
 * A slice is named by its start: integer milliseconds since the epoch, a multiple of the slice length.
 * It is the interval [slice, slice + sliceMs) of appended time (the running maximum of a partition's append times).
 */
export type Slice = number

/** Settings of the whole system. Changing one of them makes a new version of every view. */
export interface SliceSettings {
  readonly sliceMs: number
  readonly dedupHorizonMs: number
}

/** The slice of an appended time. */
export function sliceOf(appendedAt: number, sliceMs: number): Slice {
  return Math.floor(appendedAt / sliceMs) * sliceMs
}

/** The slices from `from` until `until` (exclusive), oldest first. */
export function slicesBetween(from: Slice, until: number, sliceMs: number): Slice[] {
  const slices: Slice[] = []
  for (let slice = sliceOf(from, sliceMs); slice < until; slice += sliceMs) slices.push(slice)
  return slices
}

/** The boundary that a set of ticks allows: no record of an earlier slice can still arrive in any of their partitions. */
export function boundaryOf(ticks: readonly { appendedAt: number }[], sliceMs: number): Slice {
  if (ticks.length === 0) throw new RangeError('a boundary needs at least one tick')
  return sliceOf(Math.min(...ticks.map((tick) => tick.appendedAt)), sliceMs)
}
