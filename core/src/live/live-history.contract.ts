import type { Event } from '../events/event.ts'
import { likes } from '../events/like.ts'
import type { Cell } from '../ports/counter-store.ts'
import { sliceOf } from '../slices/slice.ts'
import { createAccumulator, type Group } from '../views/accumulator.ts'
import { count } from '../views/folds.ts'
import { tumbling } from '../views/resolutions.ts'
import { createSliceFolder } from '../views/slice-folder.ts'
import { view } from '../views/view.ts'
import { hoppingWindow, sessionWindow, tumblingWindow } from '../views/windows.ts'
import type { Past } from './known-past.ts'
import { createLiveView, type LiveView } from './live-view.ts'
import type { PastContent } from './load-past.ts'
import type { Correction, KeptCorrection, Place } from './report.ts'
import type { CellUpdate, Progress } from './updates.ts'

/** Two partitions of events, folded in flushes, as one partition of updates: a made-up history and everything that is known of it. */
export const settings = { sliceMs: 60_000, dedupHorizonMs: 0 }
export const second = 1000
export const begin = 1_700_000_000_000 - (1_700_000_000_000 % 3_600_000)
export const partitions = 2

export const counted = view({
  name: 'counted',
  description: '',
  version: 1,
  reads: likes,
  keyOf: (like) => like.video_id,
  bucket: tumbling({ seconds: 2 }),
  fold: count(),
  windows: [2, 60, 600].map((seconds) => tumblingWindow({ seconds })).concat(hoppingWindow({ seconds: 8, everySeconds: 4 }), sessionWindow({ gapSeconds: 5 })),
  graceMs: 1000,
})

export type Update = { readonly appendedAt: number } & ({ readonly cell: CellUpdate } | { readonly progress: Progress })

/** What happens to one partition of events: an event comes, what was folded is flushed, or the processor dies and begins its slice anew. */
export type Step =
  | { readonly kind: 'event'; readonly partition: number; readonly afterMs: number; readonly lateMs: number; readonly key: string }
  | { readonly kind: 'flush'; readonly partition: number }
  | { readonly kind: 'crash'; readonly partition: number }

export interface History {
  readonly events: readonly Event[]
  readonly updates: readonly Update[]
  /** Every cell, each with its newest state. */
  readonly cells: readonly Cell[]
}

/** Plays the steps; afterwards everything is flushed and the partitions are idle for long. */
export function playHistory(steps: readonly Step[], idleMs = 3 * 3_600_000): History {
  const logs: Event[][] = Array.from({ length: partitions }, () => [])
  const folders = logs.map((_, partition) => createSliceFolder(counted, partition, settings))
  const folded = logs.map(() => 0)
  const updates: Update[] = []
  const cells = new Map<string, Cell>()
  let now = begin

  const flush = (partition: number): void => {
    const log = logs[partition]!
    while (folded[partition]! < log.length) folders[partition]!.fold(log[folded[partition]!++]!)
    for (const cell of folders[partition]!.takeChanges()) {
      cells.set(JSON.stringify([cell.slice, cell.partition, cell.key, cell.stepMs, cell.from]), cell)
      updates.push({ appendedAt: now, cell: { ...cell, state: JSON.parse(cell.state) as unknown } })
    }
    tell(partition, log.at(-1)?.appendedAt ?? 0)
  }
  const tell = (partition: number, until: number): void => {
    const processed = [{ partition, nextOffset: logs[partition]!.length, until }]
    updates.push({ appendedAt: now, progress: { topic: 'like', views: [], processed } })
  }
  /** Begins the slice of what was flushed anew, as from a position. */
  const crash = (partition: number): void => {
    const log = logs[partition]!
    const slice = sliceOf(log[folded[partition]! - 1]?.appendedAt ?? 0, settings.sliceMs)
    folders[partition] = createSliceFolder(counted, partition, settings)
    folded[partition] = log.findIndex(({ appendedAt }) => appendedAt >= slice)
    if (folded[partition] === -1) folded[partition] = 0
  }
  for (const step of steps) {
    if (step.kind === 'flush') flush(step.partition)
    else if (step.kind === 'crash') crash(step.partition)
    else {
      now += step.afterMs
      const { partition, lateMs, key } = step
      const offset = logs[partition]!.length
      logs[partition]!.push({ id: `${partition}/${offset}`, payload: { video_id: key }, occurredAt: now - lateMs, appendedAt: now, partition, offset })
    }
  }
  for (const partition of logs.keys()) flush(partition)
  for (now += 5000; idleMs > 0 && now < begin + idleMs; now += 60_000) for (const partition of logs.keys()) tell(partition, now)
  return { events: logs.flat(), updates, cells: [...cells.values()] }
}

export interface Reading {
  /** Offset of the first update that is read. */
  readonly from?: number
  /** Of the batch view that the stores hold. */
  readonly boundary?: number
  readonly kept?: Map<string, KeptCorrection>
}

/** A reader of the updates from an offset on, with the stores as they were in the end and what was kept of corrections. */
export function read({ events, updates, cells }: History, { from = 0, boundary = 0, kept = new Map() }: Reading = {}): LiveView {
  const live = createLiveView({ view: counted, partitions, sliceMs: settings.sliceMs, onCorrection: (correction) => keep(kept, correction) })
  const batch = createAccumulator(counted)
  for (const event of events) if (event.appendedAt < boundary) batch.add(event, boundary)
  const rows = [...batch.groups()]
  const startedAt = updates[from]?.appendedAt ?? begin
  const toldOf = (appendedAt: number): readonly Cell[] => {
    const toldFrom = Math.max(sliceOf(appendedAt, settings.sliceMs), sliceOf(startedAt, settings.sliceMs) + settings.sliceMs)
    return cells.filter(({ slice }) => slice >= boundary && slice < toldFrom)
  }
  live.startAt(startedAt)
  for (const [at, update] of updates.slice(from).entries()) {
    const place: Place = { place: from + at + 1, appendedAt: update.appendedAt }
    if ('progress' in update) {
      live.takeProgress(update.progress, place)
      continue
    }
    for (let past = live.missingFor(update.cell); past; past = live.missingFor(update.cell)) {
      live.load(past, contentOf(past, update.cell, { boundary, rows, cells: toldOf(update.appendedAt), kept }), place)
    }
    live.takeCell(update.cell, place)
  }
  return live
}

function keep(kept: Map<string, KeptCorrection>, { report, ...correction }: Correction): void {
  const { window, key, from, until } = report
  kept.set(JSON.stringify([window.name, key, from, window.kind === 'session' ? 0 : until]), { ...correction, window: window.name, from, until })
}

interface Stores {
  readonly boundary: number
  readonly rows: readonly Group[]
  readonly cells: readonly Cell[]
  readonly kept: ReadonlyMap<string, KeptCorrection>
}

/** What the stores hold of a stretch, without the cell that is told at the moment. */
function contentOf({ key, from: low, until: high }: Past, told: CellUpdate, { boundary, rows, cells, kept }: Stores): PastContent {
  const isAsked = (bucket: { readonly key: string; readonly stepMs: number; readonly from: number }): boolean =>
    bucket.key === key && bucket.from < high && bucket.from + bucket.stepMs > low
  const isTold = ({ slice, partition, stepMs, from }: Cell): boolean =>
    slice === told.slice && partition === told.partition && stepMs === told.stepMs && from === told.from
  const asked = cells.filter((cell) => isAsked(cell) && !isTold(cell))
  return {
    boundary,
    rows: rows.filter(isAsked),
    cells: asked.map((cell) => ({ ...cell, state: JSON.parse(cell.state) as unknown })),
    corrections: [...kept].flatMap(([name, correction]) => {
      const isOfKey = (JSON.parse(name) as string[])[1] === key
      return isOfKey && correction.from < high && correction.until > low ? [correction] : []
    }),
  }
}
