import { isTwofoldError } from '@twofold/core/errors.ts'
import { createLiveView, type LiveView } from '@twofold/core/live/live-view.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
import type { PastContent } from '@twofold/core/live/load-past.ts'
import type { Correction, Place } from '@twofold/core/live/report.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import type { SliceSettings } from '@twofold/core/slices/slice.ts'
import type { View } from '@twofold/core/views/view.ts'
import { createLateCells, type LateCellsOptions } from './late-cells.ts'
import { type PlacedUpdate, updatePlacer, type UpdatePlacerOptions } from './place-updates.ts'

/** The live results in one partition of the updates: a fold of its records. */
export interface LivePartition {
  /** The place up to which everything is taken in. */
  readonly place: number
  /**
   * Takes in what was not yet. Rejects with STORE_UNAVAILABLE where the rest has to wait for a store: it is to be told again.
   * `mayWait`: late cells may be set aside and the others go on. Not in a replay: windows would close without them, and
   * be numbered otherwise than they were.
   */
  take(records: readonly LogRecord[], mayWait: boolean): Promise<void>
  liveViewOf(view: View): LiveView
  readonly liveViews: readonly LiveView[]
  /** Reads what is needed to show a key's result of all time. */
  loadAllTime(view: View, key: string): Promise<void>
}

export interface LivePartitionOptions extends Omit<LateCellsOptions, 'readPast'>, Omit<UpdatePlacerOptions, 'find'> {
  readonly views: readonly View[]
  readonly versionOf: (view: View) => string
  /** Partitions of the event topics. */
  readonly partitions: number
  /** Reads a stretch of the past for an update; rejects where it can't be read now. `startedAt`: appended time of the first update. */
  readonly readPast: (view: View, past: Past, place: Place & { readonly startedAt: number }) => Promise<PastContent>
  readonly settings: Pick<SliceSettings, 'sliceMs'>
  readonly onCorrection: (view: View, correction: Correction) => void
  /** For how long corrections are remembered, in the log's time. Milliseconds. */
  readonly retentionMs: number
}

export function createLivePartition(options: LivePartitionOptions): LivePartition {
  const { views, versionOf, partitions, settings: { sliceMs }, onCorrection, onFault, retentionMs, limit } = options
  const liveViews = new Map(
    views.map((view) => [view.name, createLiveView({ view, partitions, sliceMs, onCorrection: (correction) => onCorrection(view, correction) })]),
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
  const placeUpdates = updatePlacer({ ...options, find })
  const begin = ({ appendedAt }: Place): void => {
    for (const liveView of liveViews.values()) liveView.startAt(appendedAt)
    startedAt = appendedAt
  }
  const takeUpdate = async ({ update, place, cell }: PlacedUpdate, mayWait: boolean): Promise<void> => {
    lateCells.settle(place)
    if (update?.kind === 'progress') for (const view of update.progress.views) find(view)?.takeProgress(update.progress, place)
    if (cell?.liveView.missingFor(cell.cell)) await lateCells.take(cell, mayWait)
    else cell?.liveView.takeCell(cell.cell, place)
  }
  return {
    async take(records, mayWait) {
      const updates = placeUpdates(records, applied)
      const first = updates[0]
      if (!first) return
      if (startedAt === undefined) begin(first.place)
      await lateCells.prepare(updates.flatMap(({ cell }) => cell ?? []), first.place, mayWait)
      for (const update of updates) {
        try {
          await takeUpdate(update, mayWait)
        } catch (error) {
          if (isTwofoldError(error, 'STORE_UNAVAILABLE')) throw error
          // It would be told again for ever.
          onFault(error)
        }
        applied = withoutTrace(update.place)
      }
      for (const liveView of liveViews.values()) liveView.forgetCorrections(applied.appendedAt - retentionMs)
    },
    get place() {
      return applied.place
    },
    liveViewOf: (view) => liveViews.get(view.name)!,
    liveViews: [...liveViews.values()],
    async loadAllTime(view, key) {
      const liveView = liveViews.get(view.name)!
      const past = startedAt === undefined ? undefined : liveView.missingOf(key)
      if (!past || !limit.mayHold(liveView, key, applied.appendedAt)) return
      const content = await options.readPast(view, past, { ...applied, startedAt: startedAt! })
      // An update may have needed it meanwhile.
      if (liveView.missingOf(key)) liveView.load(past, content, applied)
    },
  }
}

/** A trace belongs to what an update brought. */
function withoutTrace({ place, appendedAt }: Place): Place {
  return { place, appendedAt }
}
