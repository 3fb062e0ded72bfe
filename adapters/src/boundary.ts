import { TwofoldError } from '@twofold/core/errors.ts'
import type { RunToPublish } from '@twofold/core/ports/row-store.ts'

/**
 * Refuses a run (BOUNDARY_NOT_GROWN) that would take one of its views back, or that brings nothing new to any.
 * `newest` holds the boundary of the newest run of each of its views, in their order; null for a view without one.
 */
export function refuseNotGrown({ run, boundary, views }: RunToPublish, newest: readonly (number | null)[]): void {
  const shrinks = newest.findIndex((held) => held !== null && held > boundary)
  if (shrinks >= 0) throw refuse(run, `${views[shrinks]!.view} is at ${newest[shrinks]} already, not at ${boundary}`)
  if (!newest.some((held) => held === null || held < boundary)) throw refuse(run, `no view is behind ${boundary}`)
}

/**
 * True when the run was published with this boundary before: the answer to that call was lost, there is nothing left to
 * do. A published run never changes its boundary (BOUNDARY_NOT_GROWN).
 */
export function isPublished({ run, boundary }: RunToPublish, held: number | null): boolean {
  if (held !== null && held !== boundary) throw refuse(run, `it was published with boundary ${held}`)
  return held !== null
}

/** A sweep that kept no run of a view would take its answers away (INVALID_CONFIG). */
export function refuseKeepNothing(keep: number): void {
  if (keep >= 1) return
  throw new TwofoldError('INVALID_CONFIG', `a sweep must keep at least one run of every view, not ${keep}`)
}

function refuse(run: number, reason: string): TwofoldError {
  return new TwofoldError('BOUNDARY_NOT_GROWN', `run ${run} is not published: ${reason}`)
}
