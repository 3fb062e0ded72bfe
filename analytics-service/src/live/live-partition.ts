import { createLiveView, type LiveView } from '@twofold/core/live/live-view.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
import type { PastContent } from '@twofold/core/live/load-past.ts'
import type { Correction, Place } from '@twofold/core/live/report.ts'
import { parseUpdate, type Update } from '@twofold/core/live/updates.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import { createPartitionClock } from '@twofold/core/slices/partition-clock.ts'
import type { View } from '@twofold/core/views/view.ts'
import { createLateCells, type LateCellsOptions, type PlacedCell } from './late-cells.ts'

/** The live results in one partition of the updates: a fold of its records. */
export interface LivePartition {
  /** The place up to which everything is taken in. */
  readonly place: number
  take(records: readonly LogRecord[]): Promise<void>
  liveViewOf(view: View): LiveView
  /** Reads what is needed to show a key's result of all time. */
  loadAllTime(view: View, key: string): Promise<void>
}

export interface LivePartitionOptions extends Omit<LateCellsOptions, 'readPast'> {
  readonly views: readonly View[]
  readonly versionOf: (view: View) => string
  /** Partitions of the event topics. */
  readonly partitions: number
  /** Reads a stretch of the past for an update; rejects where it can't be read now. `startedAt`: appended time of the first update. */
  readonly readPast: (view: View, past: Past, place: Place & { readonly startedAt: number }) => Promise<PastContent>
  readonly onCorrection: (view: View, correction: Correction) => void
}

interface PlacedUpdate {
  readonly update: Update | undefined
  readonly place: Place
}

export function createLivePartition(options: LivePartitionOptions): LivePartition {
  const { views, versionOf, partitions, onCorrection } = options
  const clock = createPartitionClock(0)
  const liveViews = new Map(
    views.map((view) => [view.name, createLiveView({ view, partitions, onCorrection: (correction) => onCorrection(view, correction) })]),
  )
  const versions = new Map(views.map((view) => [view.name, versionOf(view)]))
  let startedAt: number | undefined
  let applied: Place = { place: 0, appendedAt: 0 }
  const lateCells = createLateCells({
    ...options,
    readPast: (view, past, place) => options.readPast(view, past, { ...place, startedAt: startedAt! }),
  })

  const find = ({ view, version }: { readonly view: string; readonly version: string }): LiveView | undefined =>
    versions.get(view) === version ? liveViews.get(view) : undefined
  const placeOf = ({ timestamp, offset }: LogRecord): Place => {
    const appendedAt = clock.stamp(timestamp)
    if (startedAt === undefined) for (const liveView of liveViews.values()) liveView.startAt(appendedAt)
    startedAt ??= appendedAt
    return { place: offset + 1, appendedAt }
  }
  const placedCellOf = ({ update, place }: PlacedUpdate): PlacedCell | undefined => {
    const liveView = update?.kind === 'cell' ? find(update.cell) : undefined
    return update?.kind === 'cell' && liveView ? { liveView, cell: update.cell, place } : undefined
  }
  const takeUpdate = async (placed: PlacedUpdate): Promise<void> => {
    const { update, place } = placed
    await lateCells.retry(place)
    if (update?.kind === 'progress') for (const view of update.progress.views) find(view)?.takeProgress(update.progress, place)
    const cell = placedCellOf(placed)
    if (cell?.liveView.missingFor(cell.cell)) await lateCells.take(cell)
    else cell?.liveView.takeCell(cell.cell, place)
    applied = place
  }
  return {
    async take(records) {
      const updates = records.map((record) => ({ update: parseUpdate(record), place: placeOf(record) }))
      await lateCells.prepare(updates.flatMap((update) => placedCellOf(update) ?? []))
      for (const update of updates) await takeUpdate(update)
    },
    get place() {
      return applied.place
    },
    liveViewOf: (view) => liveViews.get(view.name)!,
    async loadAllTime(view, key) {
      const liveView = liveViews.get(view.name)!
      const past = startedAt === undefined ? undefined : liveView.missingOf(key)
      if (past) await lateCells.load(liveView, past, applied)
    },
  }
}
