import fc from 'fast-check'
import type { Event } from '../events/event.ts'
import { likes } from '../events/like.ts'
import type { Cell, CellQuery, ViewPosition } from '../ports/counter-store.ts'
import { allTimeFrom, type RunRow, type RunRowQuery, totalStepMs } from '../ports/row-store.ts'
import { createAccumulator } from '../views/accumulator.ts'
import { count } from '../views/folds.ts'
import { ladders } from '../views/ladders.contract.ts'
import { createSliceFolder } from '../views/slice-folder.ts'
import { type View, view } from '../views/view.ts'
import type { Footing, Layers } from './read-view.ts'

export const settings = { sliceMs: 1000, dedupHorizonMs: 5000 }

/** Facts that both layers hold, and what each of them makes of those that are its own. */
export interface Served {
  readonly view: View
  readonly events: readonly Event[]
  readonly boundary: number
  readonly layers: Layers
  readonly footing: Footing
}

const keys = ['a', 'a', 'a', 'B', 'b', '\uffff', '🙃']

/** Up to 60 facts of three partitions within some seconds, with event times from long ago until soon. */
export const served: fc.Arbitrary<Served> = fc
  .record({
    ladder: ladders,
    facts: fc.array(
      fc.record({
        key: fc.constantFrom(...keys),
        /** Since it happened; or the one moment around which many happen, that ages while more come in. */
        when: fc.oneof(
          fc.record({ ago: fc.oneof(fc.integer({ min: -500, max: 1500 }), fc.nat({ max: 12_000 })) }),
          fc.record({ at: fc.integer({ min: 1500, max: 2100 }) }),
        ),
        later: fc.nat({ max: 300 }),
        partition: fc.nat({ max: 2 }),
      }),
      { maxLength: 60 },
    ),
    boundary: fc.nat({ max: 14 }),
  })
  .map(({ ladder, facts, boundary }) => {
    let appendedAt = 2000
    const events = facts.map(({ key, when, later, partition }, offset) => {
      appendedAt += later
      const occurredAt = 'at' in when ? when.at : appendedAt - when.ago
      return {
        id: `${offset}`,
        payload: { video_id: key },
        occurredAt,
        appendedAt,
        partition,
        offset,
      }
    })
    const counted = view({
      name: 'count',
      description: '',
      version: 1,
      reads: likes,
      keyOf: (like) => like.video_id,
      bucket: ladder,
      fold: count(),
    })
    return serve(counted, events, boundary * settings.sliceMs)
  })

export function serve(counted: View, events: readonly Event[], boundary: number): Served {
  const cells = foldSpeed(counted, events)
  const rows = foldBatch(
    counted,
    events.filter(({ appendedAt }) => appendedAt < boundary),
    boundary,
  )
  const newest = events.at(-1)?.appendedAt ?? 0
  const position = {
    view: counted.name,
    version: '',
    firstSlice: 0,
    since: events[0]?.appendedAt ?? null,
    nextOffset: events.length,
    appendedAt: newest,
  }
  const positions: ViewPosition[] = [0, 1, 2].map((partition) => ({ ...position, partition }))
  const run = boundary === 0 ? null : { run: 1, boundary, publishedAt: 0, views: [] }
  const counters = { readCells: async (query: CellQuery) => cells.filter((cell) => isAsked(cell, query)) }
  const layers = {
    counters,
    rows: { readRunRows: async (query: RunRowQuery) => select(rows, query) },
    settings,
  } as unknown as Layers
  return { view: counted, events, boundary, layers, footing: { run, positions } }
}

function foldSpeed(counted: View, events: readonly Event[]): Cell[] {
  return [...Map.groupBy(events, ({ partition }) => partition)].flatMap(([partition, own]) => {
    const folder = createSliceFolder(counted, partition, settings)
    for (const event of own) folder.fold(event)
    return folder.takeChanges()
  })
}

function foldBatch(counted: View, events: readonly Event[], boundary: number): RunRow[] {
  const accumulator = createAccumulator(counted)
  for (const event of events) accumulator.add(event, boundary)
  const buckets = [...accumulator.groups()].map(({ key, stepMs, from, state }) => ({
    key,
    stepMs,
    from,
    state: JSON.stringify(state),
  }))
  const totals = [...Map.groupBy(buckets, ({ key }) => key)].map(([key, own]) => {
    const total = own.map(({ state }) => JSON.parse(state) as unknown).reduce((merged, state) => counted.fold.merge(merged, state))
    return { key, stepMs: totalStepMs, from: allTimeFrom, state: JSON.stringify(total) }
  })
  return [...buckets, ...totals]
}

function isAsked({ key, stepMs, from, slice, partition }: Cell, query: CellQuery): boolean {
  const isPlaced = query.slices.includes(slice) && query.partitions.includes(partition)
  return isPlaced && (query.keys?.includes(key) ?? true) && overlaps({ stepMs, from }, query)
}

function overlaps(
  { stepMs, from }: { stepMs: number; from: number },
  range: { readonly from?: number; readonly until?: number },
): boolean {
  return stepMs === 0 || (from < (range.until ?? Infinity) && from + stepMs > (range.from ?? -Infinity))
}

export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

function select(
  rows: readonly RunRow[],
  { totals, keys: only, after, descending, limit, ...range }: RunRowQuery,
): RunRow[] {
  const sign = descending ? -1 : 1
  const order = (left: { key: string; from: number }, right: { key: string; from: number }): number =>
    sign * (compareBytes(left.key, right.key) || left.from - right.from)
  return rows
    .filter((row) => (row.stepMs === totalStepMs) === totals && (totals || overlaps(row, range)))
    .filter((row) => (only?.includes(row.key) ?? true) && (!after || order(row, after) > 0))
    .sort((left, right) => order(left, right) || sign * (length(right) - length(left)))
    .slice(0, limit)
}

function length({ stepMs }: RunRow): number {
  return stepMs === 0 ? Infinity : stepMs
}
