import { allTimeStep, floorTo } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import { compareRows, createBucketing, mergeLayers, type StateRow, type Step } from './merge-rows.ts'
import { readSpeed } from './read-speed.ts'
import { type Footing, type Layers, readBatch } from './read-view.ts'

/** A count at the end of a bucket in which it changed. Times in milliseconds. */
export interface HistoryPoint {
  readonly stepMs: number
  readonly from: number
  /** Everything up to the end of the bucket, from the very beginning. */
  readonly cumulative: number
}

export interface HistoryQuery {
  readonly key: string
  readonly step: Step
  readonly from?: number
  readonly until?: number
  /** The newest points are kept. */
  readonly limit: number
}

/**
 * The growth of one key's count, oldest point first. Walks back from the total, so that the newest points cost no read
 * of the older ones; what was rolled up into all time is in every count and has no point of its own. The speed results
 * are read once: total and points must be of the same moment.
 */
export async function readHistory(layers: Layers, view: View, footing: Footing, query: HistoryQuery): Promise<HistoryPoint[]> {
  const speed = await readSpeed(layers, view, footing, { keys: [query.key] })
  let cumulative = await readTotal(layers, view, footing, query.key, speed)
  const [from, until] = bounds(query)
  const points: HistoryPoint[] = []
  for await (const { stepMs, from: start, state } of readNewestFirst(layers, view, footing, query, speed)) {
    if (stepMs === allTimeStep || start + stepMs <= from || points.length === query.limit) break
    if (start < until) points.push({ stepMs, from: start, cumulative })
    cumulative -= Number(view.fold.valueOf(state))
  }
  return points.reverse()
}

/** The count of everything: the batch view's total and all speed results. */
async function readTotal(layers: Layers, view: View, { run }: Footing, key: string, speed: readonly StateRow[]): Promise<number> {
  let total = view.fold.zero
  for await (const row of readBatch(layers, view, run, { keys: [key], step: 'all' }, { keys: [key] })) total = view.fold.merge(total, row.state)
  for (const row of speed) total = view.fold.merge(total, row.state)
  return Number(view.fold.valueOf(total))
}

function readNewestFirst(layers: Layers, view: View, { run }: Footing, query: HistoryQuery, speed: readonly StateRow[]) {
  const { key, step } = query
  const batch = readBatch(layers, view, run, { keys: [key], step, descending: true }, { keys: [key] })
  return mergeLayers(view, createBucketing(step, speed), { batch, speed: speed.toReversed(), compare: newestFirst })
}

function newestFirst(left: StateRow, right: StateRow): number {
  return compareRows(right, left)
}

function bounds({ step, from, until }: HistoryQuery): [number, number] {
  const stepMs = step === 'all' ? 1 : step
  return [from === undefined ? Number.NEGATIVE_INFINITY : floorTo(from, stepMs), until ?? Number.POSITIVE_INFINITY]
}
