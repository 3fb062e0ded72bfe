import type { RowStore } from '@twofold/core/ports/row-store.ts'
import type { Difference } from './compare-answer.ts'
import { readRowsBefore } from './count-rows.ts'
import type { Moment } from './find-moment.ts'
import { type NaivePlace, type NaiveRow, type NaiveView, placesOf } from './naive-view.ts'

/** The raw rows that belong into the place of a difference. */
export interface Evidence {
  readonly count: number
  /** The newest ones: what is wrong is most often at the boundary. Oldest first. */
  readonly rows: readonly NaiveRow[]
  /** Boundary of the answer, milliseconds; null before the first run. */
  readonly boundary: number | null
}

const maxRows = 20

/** Reads the raw rows once more and keeps those that a difference is about. */
export async function findEvidence(
  store: RowStore,
  view: NaiveView,
  moment: Moment,
  difference: Difference,
): Promise<Evidence> {
  const found: NaiveRow[] = []
  let count = 0
  for await (const row of readRowsBefore(store, moment)) {
    if (!placesOf(view, row).some((place) => isAbout(difference, place))) continue
    count++
    found.push(row)
    if (found.length >= 50 * maxRows) keepNewest(found)
  }
  keepNewest(found)
  const answer = moment.answers.find(({ view: name, step }) => name === difference.view && step === difference.step)
  return { count, rows: found, boundary: answer?.boundary ?? null }
}

function keepNewest(rows: NaiveRow[]): void {
  rows.sort((left, right) => left.appendedAt - right.appendedAt).splice(0, rows.length - maxRows)
}

function isAbout({ key, from, until }: Difference, place: NaivePlace): boolean {
  if (place.key !== key) return false
  return (from === null || (place.from ?? from) >= from) && (until === null || (place.until ?? until) <= until)
}
