import { type NaivePlace, type NaiveRow, type NaiveView, placesOf } from './naive-view.ts'

/** A finest bucket and what was counted in it: [from, until) in milliseconds, null for all time. */
export interface CountedBucket {
  readonly from: number | null
  readonly until: number | null
  readonly value: unknown
}

/** Rows of one view, counted. */
export interface Tally {
  add(row: NaiveRow): void
  readonly keys: Iterable<string>
  /** In no particular order. */
  bucketsOf(key: string): Iterable<CountedBucket>
  /** Everything of a key, or undefined when there was none of it. */
  totalOf(key: string): unknown
}

export function createTally(view: NaiveView): Tally {
  const totals = new Map<string, unknown>()
  const buckets = new Map<string, Map<number | null, CountedBucket>>()
  const { merge, valueOf } = view

  const addTo = ({ key, from, until }: NaivePlace, value: unknown): void => {
    totals.set(key, totals.has(key) ? merge(totals.get(key), value) : value)
    if (Number.isNaN(from)) return
    const ofKey = buckets.get(key) ?? new Map<number | null, CountedBucket>()
    const before = ofKey.get(from)
    ofKey.set(from, { from, until, value: before ? merge(before.value, value) : value })
    buckets.set(key, ofKey)
  }
  return {
    add(row) {
      for (const place of placesOf(view, row)) addTo(place, valueOf(row))
    },
    get keys() {
      return totals.keys()
    },
    bucketsOf: (key) => buckets.get(key)?.values() ?? [],
    totalOf: (key) => totals.get(key),
  }
}

/** All rows of a view by key and finest bucket, oldest bucket first, as the API would show them. */
export function countNaively(view: NaiveView, rows: Iterable<NaiveRow>): Map<string, CountedBucket[]> {
  const tally = createTally(view)
  for (const row of rows) tally.add(row)
  const counted = new Map<string, CountedBucket[]>()
  for (const key of tally.keys) {
    const buckets = [...tally.bucketsOf(key)].map((bucket) => ({ ...bucket, value: view.shown(bucket.value) }))
    counted.set(
      key,
      buckets.sort((left, right) => (left.from ?? 0) - (right.from ?? 0)),
    )
  }
  return counted
}
