import { allTimeFrom } from '../ports/row-store.ts'
import { allTimeStep } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import type { AlignedWindow, SessionWindow } from '../views/windows.ts'
import { alignedWindows } from './aligned-windows.ts'
import { compareKeys, createBucketing, mergeLayers, type StateRow } from './merge-rows.ts'
import { readSessions } from './read-sessions.ts'
import { type Range, readSpeed } from './read-speed.ts'
import { type Footing, isAfterAllTime, isBehind, layerRowsOf, type Layers, overlaps, type Page, type Place } from './read-view.ts'
import { finestStep } from './steps.ts'

/** Which windows a reader asks for: those that overlap a range of event time, half-open, in milliseconds. */
export interface WindowQuery extends Range {
  readonly limit: number
  /** Goes on behind the window that begins there. */
  readonly after?: Place
}

interface Reading {
  readonly layers: Layers
  readonly view: View
  readonly footing: Footing
  readonly query: WindowQuery
  /** Read once: all rows of a page are of the same moment. */
  readonly speed: readonly StateRow[]
}

/**
 * One page of a view's windows that hold at least one event, from both layers: those, with those values, that are
 * published live. Sessions are of the keys that are named, and of no others.
 */
export async function readWindows(layers: Layers, view: View, footing: Footing, window: AlignedWindow | SessionWindow, query: WindowQuery): Promise<Page> {
  const speed = await readSpeed(layers, view, footing, query.keys ? { keys: query.keys } : {})
  const reading = { layers, view, footing, query, speed }
  const rows: StateRow[] = []
  for await (const row of window.kind === 'aligned' ? readAligned(reading, window) : readSessionsOfKeys(reading, window)) {
    if (!overlaps(row, query) || !isBehind(row, query.after)) continue
    if (rows.length === query.limit) return { rows, next: placeOf(rows.at(-1)!) }
    rows.push(row)
  }
  return { rows, next: null }
}

function placeOf({ key, from }: StateRow): Place {
  return { key, from }
}

async function* readAligned({ layers, view, footing, query, speed }: Reading, window: AlignedWindow): AsyncIterable<StateRow> {
  const step = finestStep(view)
  const { keys, after } = query
  const question = { ...(keys ? { keys } : {}), ...around(query, window.sizeMs), ...(after ? { after: placeBefore(view, window, after) } : {}), step }
  const layerRows = layerRowsOf(layers, view, footing, question, speed)
  const hidesAllTime = isAfterAllTime(view, footing, query)
  for await (const { allTime, buckets } of byKey(mergeLayers(view, createBucketing(step, layerRows.speed), layerRows))) {
    if (allTime && !hidesAllTime) yield allTime
    yield* alignedWindows(view, window, buckets)
  }
}

/** A window that overlaps a range reaches so far beyond it at most. */
function around({ from, until }: Range, sizeMs: number): Pick<Range, 'from' | 'until'> {
  return { ...(from === undefined ? {} : { from: from - sizeMs }), ...(until === undefined ? {} : { until: until + sizeMs }) }
}

/** A place before every bucket that has a part in windows behind a place, or crosses an edge of one. */
function placeBefore({ resolutions }: View, { sizeMs }: AlignedWindow, { key, from }: Place): Place {
  return { key, from: Math.max(allTimeFrom, from - sizeMs - resolutions.at(-1)!.stepMs - 1) }
}

interface KeyBuckets {
  readonly allTime: StateRow | undefined
  readonly buckets: readonly StateRow[]
}

/** Holds one key's buckets at a time: as many as the view's resolutions keep, however long it runs. */
async function* byKey(rows: AsyncIterable<StateRow>): AsyncIterable<KeyBuckets> {
  let own: StateRow[] = []
  const take = (): KeyBuckets => ({ allTime: own.find(({ stepMs }) => stepMs === allTimeStep), buckets: own.filter(({ stepMs }) => stepMs !== allTimeStep) })
  for await (const row of rows) {
    if (own.length > 0 && own[0]!.key !== row.key) {
      yield take()
      own = []
    }
    own.push(row)
  }
  if (own.length > 0) yield take()
}

async function* readSessionsOfKeys({ layers, view, footing, query, speed }: Reading, window: SessionWindow): AsyncIterable<StateRow> {
  const { after } = query
  for (const key of (query.keys ?? []).toSorted(compareKeys)) {
    if (after && compareKeys(key, after.key) < 0) continue
    const own = speed.filter((row) => row.key === key)
    const range = after?.key === key ? { ...query, from: Math.max(after.from, query.from ?? after.from) } : query
    yield* await readSessions(view, window, range, async (stretch) => {
      const { batch, speed: rows } = layerRowsOf(layers, view, footing, { keys: [key], ...stretch, step: finestStep(view) }, own)
      const all = [...rows]
      for await (const row of batch) all.push(row)
      return all
    })
  }
}
