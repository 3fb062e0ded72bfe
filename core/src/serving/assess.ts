import type { ViewPosition } from '../ports/counter-store.ts'
import type { PublishedRun } from '../ports/row-store.ts'

/** How far behind the end of its log a partition is. */
export interface PartitionLag {
  readonly partition: number
  /** Milliseconds, 0 when it is not behind; null when it is, nobody knows since when. */
  readonly lagMs: number | null
  /** The log ends before what was folded: it was replaced, or restored from an older state. */
  readonly isForgotten: boolean
}

/** A log whose appended time is further ahead than this was written by a clock that was wrong. Milliseconds. */
const maxSkewMs = 60_000

export interface Evidence {
  readonly run: PublishedRun | null
  /** Null when the counter store can't be read. */
  readonly positions: readonly ViewPosition[] | null
  /** One entry a partition of the topic; null when the log can't be read. */
  readonly lags: readonly PartitionLag[] | null
  readonly now: number
  readonly cellTtlMs: number
  readonly maxLagMs: number
}

/** What is said of a partition that the speed layer has never opened. */
export const noPosition = 'no speed results yet'

/**
 * What is missing from an answer, in words; empty when it is complete. Never assumes: a partition without a position
 * is missing, not empty.
 */
export function findMissing(evidence: Evidence): string[] {
  const { positions, lags } = evidence
  if (positions === null) return ['speed']
  if (lags === null) return ['log']
  const missing = lags.flatMap((lag) => findMissingOf(evidence, lag, positions))
  return hasExpired(evidence, positions) ? [...missing, 'expired: speed results since the boundary outlived their time to live'] : missing
}

function findMissingOf(
  { run, maxLagMs, now }: Evidence,
  { partition, lagMs, isForgotten }: PartitionLag,
  positions: readonly ViewPosition[],
): string[] {
  const position = positions.find((candidate) => candidate.partition === partition)
  if (!position) return [`partition ${partition}: ${noPosition}`]
  const missing: string[] = []
  if (position.firstSlice > (run?.boundary ?? 0)) {
    missing.push(`partition ${partition}: speed results begin at ${new Date(position.firstSlice).toISOString()}, after the boundary`)
  }
  if (isForgotten) missing.push(`partition ${partition}: the log ends before what was folded`)
  if (lagMs === null) missing.push(`partition ${partition}: not folded yet`)
  else if (lagMs > maxLagMs) missing.push(`partition ${partition}: ${lagMs} ms behind`)
  // Its slices stand still until clocks have caught up, while its cells expire by a clock that goes on.
  const aheadMs = position.appendedAt - now
  if (aheadMs > maxSkewMs) missing.push(`partition ${partition}: the log's clock was ${aheadMs} ms ahead`)
  return missing
}

/** Cells of a slice are written after it began, so they live at least until its start plus the time to live. */
function hasExpired({ run, now, cellTtlMs }: Evidence, positions: readonly ViewPosition[]): boolean {
  const oldest = run?.boundary ?? firstFolded(positions)
  return oldest !== null && now - oldest >= cellTtlMs
}

/** When the first record of any partition was appended, as far as it was folded; null when none was. */
export function firstFolded(positions: readonly ViewPosition[]): number | null {
  const times = positions.flatMap(({ since }) => (since === null ? [] : [since]))
  return times.length === 0 ? null : Math.min(...times)
}
