import type { CounterStore, ViewPosition } from '../ports/counter-store.ts'
import { allTimeFrom, type PublishedRun, type RowStore, type RunRow } from '../ports/row-store.ts'
import type { SliceSettings } from '../slices/slice.ts'
import { allTimeStep, floorTo, untilOf } from '../views/resolutions.ts'
import { storedVersion, type View } from '../views/view.ts'
import { compareKeys, compareRows, createBucketing, type LayerRows, mergeLayers, type StateRow, type Step } from './merge-rows.ts'
import { type Range, readSpeed } from './read-speed.ts'

/** The two stores that an answer is merged from. */
export interface Layers {
  readonly rows: RowStore
  readonly counters: CounterStore
  readonly settings: SliceSettings
}

/** What one answer stands on. The run decides the boundary; both parts are read for it and for no other. */
export interface Footing {
  readonly run: PublishedRun | null
  /** Null leaves the speed part out. */
  readonly positions: readonly ViewPosition[] | null
}

export interface ViewQuery extends Range {
  readonly step: Step
  readonly limit: number
  /** Goes on behind this place. */
  readonly after?: Place
}

/** A place in the order of rows. */
export interface Place {
  readonly key: string
  readonly from: number
}

export interface Page {
  readonly rows: readonly StateRow[]
  /** Where the next page goes on, or null after the last row. */
  readonly next: Place | null
}

const rowsPerRead = 2_000

/** One page of a view: batch view before the boundary merged with speed results since. */
export async function readPage(layers: Layers, view: View, footing: Footing, query: ViewQuery): Promise<Page> {
  const range = widenRange(query, query.step)
  const speed = await readSpeed(layers, view, footing, query.keys ? { keys: query.keys } : {})
  const layerRows = layerRowsOf(layers, view, footing, query, speed)
  const rows: StateRow[] = []
  for await (const row of mergeLayers(view, createBucketing(query.step, layerRows.speed), layerRows)) {
    if (query.step !== 'all' && !overlaps(row, range)) continue
    if (rows.length === query.limit) return { rows, next: placeBehind(rows.at(-1)!, query.step) }
    rows.push(row)
  }
  return { rows, next: null }
}

/**
 * The rows of both layers that have a part in an answer, each in the bucket that it is kept in, in order. `speed` is what the
 * speed layer has of the keys asked for; of the batch view no more is read than is asked for.
 */
export function layerRowsOf(layers: Layers, view: View, footing: Footing, query: Omit<ViewQuery, 'limit'>, speed: readonly StateRow[]): LayerRows {
  const isAsked = createFilter(view, footing, query, speed)
  const range = coverCoarse(widenRange(query, query.step), speed)
  return {
    batch: filter(readBatch(layers, view, footing.run, query, range), isAsked),
    speed: speed.filter((row) => isAsked(row) && isBehind(row, query.after)),
    compare: compareRows,
  }
}

/** The batch view's rows of a query, in order, as many as the reader takes. */
export async function* readBatch(
  { rows, settings }: Layers,
  view: View,
  run: PublishedRun | null,
  query: Omit<ViewQuery, 'limit'> & { readonly descending?: boolean },
  range: Range,
): AsyncIterable<StateRow> {
  if (run === null) return
  const version = storedVersion(view, settings)
  const totals = query.step === 'all' && view.resolutions.length > 0 && query.from === undefined && query.until === undefined
  let after = query.after
  for (;;) {
    const place = { ...(after ? { after } : {}), ...(query.descending ? { descending: true } : {}) }
    const read = await rows.readRunRows({ run: run.run, view: view.name, version, totals, limit: rowsPerRead, ...range, ...place })
    for (const row of read) yield decode(row, totals)
    const last = read.at(-1)
    if (!last || read.length < rowsPerRead) return
    after = { key: last.key, from: last.from }
  }
}

function decode({ key, stepMs, from, state }: RunRow, isTotal: boolean): StateRow {
  return { key, stepMs: isTotal ? allTimeStep : stepMs, from, state: JSON.parse(state) as unknown }
}

/** A range covers whole buckets of the asked step. */
function widenRange({ keys, from, until }: Range, step: Step): Range {
  const stepMs = step === 'all' ? 1 : step
  return {
    ...(keys ? { keys } : {}),
    ...(from === undefined ? {} : { from: floorTo(from, stepMs) }),
    ...(until === undefined ? {} : { until: -floorTo(-until, stepMs) }),
  }
}

/** A coarse speed row at the edge of a range takes in finer batch rows outside: they must be read too. */
function coverCoarse(range: Range, speed: readonly StateRow[]): Range {
  let { from, until } = range
  for (const row of speed) {
    if (row.stepMs === allTimeStep || !overlaps(row, range)) continue
    if (from !== undefined) from = Math.min(from, row.from)
    if (until !== undefined) until = Math.max(until, untilOf(row))
  }
  return { ...range, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) }
}

/** Rows of either layer that have a part in the answer. A coarse speed row widens the range of its own key only. */
function createFilter(view: View, footing: Footing, query: Omit<ViewQuery, 'limit'>, speed: readonly StateRow[]): (row: StateRow) => boolean {
  const range = widenRange(query, query.step)
  const byKey = Map.groupBy(speed, ({ key }) => key)
  const covers = new Map([...byKey].map(([key, rows]) => [key, coverCoarse(range, rows)]))
  const hidesAllTime = isAfterAllTime(view, footing, query)
  return (row) => (row.stepMs === allTimeStep ? !hidesAllTime : overlaps(row, covers.get(row.key) ?? range))
}

async function* filter(rows: AsyncIterable<StateRow>, isAsked: (row: StateRow) => boolean): AsyncIterable<StateRow> {
  for await (const row of rows) if (isAsked(row)) yield row
}

export function overlaps(row: StateRow, { from, until }: Range): boolean {
  if (row.stepMs === allTimeStep) return true
  return (until === undefined || row.from < until) && (from === undefined || untilOf(row) > from)
}

/** What was rolled up into all time is older than every resolution, and so than a range which begins within one. */
export function isAfterAllTime({ resolutions }: View, { run, positions }: Footing, { from }: Range): boolean {
  const oldest = resolutions.at(-1)
  if (!oldest || from === undefined) return false
  const newest = Math.max(run?.boundary ?? 0, ...(positions ?? []).map(({ appendedAt }) => appendedAt))
  return from >= newest - oldest.keepMs
}

export function isBehind(row: StateRow, after: Place | undefined): boolean {
  if (!after) return true
  return row.key === after.key ? row.from > after.from : compareKeys(row.key, after.key) > 0
}

function placeBehind({ key, stepMs, from }: StateRow, step: Step): Place {
  if (step === 'all') return { key, from: Number.MAX_SAFE_INTEGER }
  return { key, from: stepMs === allTimeStep ? allTimeFrom : from + stepMs - 1 }
}
