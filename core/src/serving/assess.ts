import type { ViewPosition } from '../ports/counter-store.ts'
import type { PublishedRun } from '../ports/row-store.ts'

/** How far behind the end of its log a partition is: milliseconds, 0 when it is not. */
export interface PartitionLag {
  readonly partition: number
  readonly lagMs: number
}

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

function findMissingOf({ run, maxLagMs }: Evidence, { partition, lagMs }: PartitionLag, positions: readonly ViewPosition[]): string[] {
  const position = positions.find((candidate) => candidate.partition === partition)
  if (!position) return [`partition ${partition}: ${noPosition}`]
  const missing: string[] = []
  if (position.firstSlice > (run?.boundary ?? 0)) {
    missing.push(`partition ${partition}: speed results begin at ${new Date(position.firstSlice).toISOString()}, after the boundary`)
  }
  if (lagMs > maxLagMs) missing.push(`partition ${partition}: ${lagMs} ms behind`)
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
