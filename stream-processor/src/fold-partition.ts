import type { AnyEventType, Event } from '@twofold/core/events/event.ts'
import { parseRecord } from '@twofold/core/events/parse-record.ts'
import { traceHeader } from '@twofold/core/events/traceparent.ts'
import type { CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import { createSeenIds } from '@twofold/core/slices/seen-ids.ts'
import { type Slice, type SliceSettings, sliceOf } from '@twofold/core/slices/slice.ts'
import { type ChangedCell, createSliceFolder, type SliceFolder } from '@twofold/core/views/slice-folder.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import type { PartitionWork, Progress } from '@twofold/dataflow/partition-work.ts'
import { createTracedBatch, type TraceRecord } from '@twofold/runtime/trace-records.ts'

/** Where a view goes on in one partition. */
export interface ViewStart {
  readonly view: View
  readonly position: ViewPosition | null
  /** The first slice to fold; what is read before it only fills the set of seen ids. */
  readonly foldFrom: Slice
}

export interface PartitionFoldOptions {
  readonly type: AnyEventType
  readonly partition: number
  readonly starts: readonly ViewStart[]
  /** Set when the log no longer holds what came before this offset, the first one read. */
  readonly truncatedAt?: number
  readonly counters: CounterStore
  /** Appends what changed to the updates. */
  readonly publish: (cells: readonly ChangedCell[]) => Promise<void>
  readonly settings: SliceSettings
  readonly onRepeat?: (topic: string) => void
  /** So many changed cells were stored. */
  readonly onCells?: (topic: string, cells: number) => void
  readonly traceRecord?: TraceRecord
}

interface ViewFold {
  readonly view: View
  readonly position: ViewPosition | null
  readonly folder: SliceFolder
  firstSlice: Slice
  foldFrom: Slice
  since: number | null
}

/** Folds one partition into the cells of every view that reads it. All state is a function of the log that was read. */
export function createPartitionFold(options: PartitionFoldOptions): Pick<PartitionWork, 'fold' | 'flush'> {
  const { type, partition, settings, onRepeat } = options
  const seen = createSeenIds(settings.dedupHorizonMs)
  const folds = options.starts.map((start) => createViewFold(start, partition, settings))
  let { truncatedAt } = options
  const traced = createTracedBatch(options.traceRecord)

  const traceOf = (record: LogRecord, event: Event): string | undefined => {
    if (record.headers[traceHeader] === undefined || !folds.some((fold) => isFolded(fold, event))) return undefined
    return traced.begin(record)
  }
  /** Repeats of what is gone can't be told for a horizon, unless it was all folded and lies a horizon behind. */
  const skipBrokenSlices = (appendedAt: number): void => {
    const firstWhole = sliceOf(appendedAt + settings.dedupHorizonMs, settings.sliceMs) + settings.sliceMs
    for (const fold of folds) {
      if (isUntouched(fold, truncatedAt!, appendedAt, settings)) continue
      fold.firstSlice = fold.foldFrom = Math.max(fold.foldFrom, firstWhole)
    }
    truncatedAt = undefined
  }
  return {
    fold(record, appendedAt) {
      if (truncatedAt !== undefined) skipBrokenSlices(appendedAt)
      const event = parseRecord(type, record, appendedAt)
      if (typeof event === 'string') return
      if (seen.isRepeat(event.id, appendedAt)) return onRepeat?.(type.topic)
      const traceparent = traceOf(record, event)
      for (const fold of folds) foldEvent(fold, event, traceparent)
    },
    flush(progress) {
      // Ticks alone were read: what is gone is as far behind them as behind a record.
      if (truncatedAt !== undefined) skipBrokenSlices(progress.appendedAt)
      const cells = folds.flatMap(({ folder }) => folder.takeChanges())
      const positions = folds.map((fold) => positionOf(fold, partition, progress, settings))
      const write = writeInOrder(options, cells, positions)
      const done = traced.take()
      return async () => {
        await write()
        done()
      }
    },
  }
}

function createViewFold({ view, position, foldFrom }: ViewStart, partition: number, settings: SliceSettings): ViewFold {
  return {
    view,
    position,
    folder: createSliceFolder(view, partition, settings),
    firstSlice: position?.firstSlice ?? foldFrom,
    foldFrom,
    since: position?.since ?? null,
  }
}

function isUntouched({ position }: ViewFold, truncatedAt: number, appendedAt: number, settings: SliceSettings): boolean {
  if (!position || position.nextOffset < truncatedAt) return false
  const isNewSlice = sliceOf(appendedAt, settings.sliceMs) > sliceOf(position.appendedAt, settings.sliceMs)
  return isNewSlice && appendedAt - position.appendedAt > settings.dedupHorizonMs
}

/** What lies before only fills the set of seen ids. */
function isFolded({ foldFrom }: ViewFold, event: Event): boolean {
  return event.appendedAt >= foldFrom
}

function foldEvent(fold: ViewFold, event: Event, traceparent: string | undefined): void {
  if (!isFolded(fold, event)) return
  fold.since ??= event.appendedAt
  fold.folder.fold(event, traceparent)
}

function positionOf({ view, firstSlice, since }: ViewFold, partition: number, progress: Progress, settings: SliceSettings): ViewPosition {
  return { view: view.name, version: storedVersion(view, settings), partition, firstSlice, since, ...progress }
}

/**
 * A position must never cover cells that are not stored and published: it decides how much of the log is replayed. What
 * succeeded is not done again while the other store is waited for.
 */
function writeInOrder(
  { type, counters, publish, onCells }: Pick<PartitionFoldOptions, 'type' | 'counters' | 'publish' | 'onCells'>,
  cells: readonly ChangedCell[],
  positions: readonly ViewPosition[],
): () => Promise<void> {
  const publishCells = untilDone(() => publish(cells))
  const writeCells = untilDone(async () => {
    await counters.writeCells(cells)
    onCells?.(type.topic, cells.length)
  })
  return async () => {
    if (cells.length > 0) await Promise.all([publishCells(), writeCells()])
    await counters.writePositions(positions)
  }
}

/** The action until it succeeds once; calls while it is under way join it. */
function untilDone(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  const begin = async (): Promise<void> => action()
  const forget = (error: unknown): never => {
    done = undefined
    throw error
  }
  return () => (done ??= begin().catch(forget))
}
