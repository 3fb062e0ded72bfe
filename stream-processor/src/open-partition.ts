import { TwofoldError } from '@twofold/core/errors.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { EventLog, PartitionBounds, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { type Slice, type SliceSettings, sliceOf } from '@twofold/core/slices/slice.ts'
import type { ChangedCell } from '@twofold/core/views/slice-folder.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import type { PartitionWork } from '@twofold/dataflow/partition-work.ts'
import { appendUpdates } from './append-updates.ts'
import { createPartitionFold, type PartitionFoldOptions, type ViewStart } from './fold-partition.ts'

export interface SpeedLayer extends Pick<PartitionFoldOptions, 'onCells' | 'onRepeat' | 'traceRecord'> {
  readonly log: EventLog
  readonly counters: CounterStore
  /** Read only, for the boundary at which a view without a position starts. */
  readonly rows: RowStore
  readonly events: readonly AnyEventType[]
  readonly views: readonly View[]
  readonly settings: SliceSettings
  /** How many partitions `view-updates` has. */
  readonly updatePartitions: number
  /** So many changed cells of a topic's views were appended to `view-updates`. */
  readonly onUpdates?: (topic: string, updates: number) => void
}

/** Finds where each view of a partition goes on, and from where the log must be read for that. */
export async function openPartition(layer: SpeedLayer, partition: TopicPartition): Promise<PartitionWork> {
  const type = layer.events.find(({ topic }) => topic === partition.topic)
  if (!type) throw new TwofoldError('INVALID_CONFIG', `no event type has the topic ${partition.topic}`)
  const views = layer.views.filter(({ topic }) => topic === partition.topic)
  const starts = await Promise.all(views.map((view) => findStart(layer, view, partition.partition)))
  const bounds = await readBounds(layer.log, partition)
  const offset = await findReplayOffset(layer, partition, starts, bounds)
  refuseForgottenLog(partition, starts, bounds)

  const isTruncated = bounds.begin > 0 && offset === bounds.begin
  const appendedAt = isTruncated ? appendedBefore(starts, offset) : 0
  const truncated = isTruncated ? { truncatedAt: offset } : {}
  const publish = async (cells: readonly ChangedCell[]): Promise<void> => {
    await appendUpdates(layer.log, cells, layer.updatePartitions)
    layer.onUpdates?.(partition.topic, cells.length)
  }
  const work = createPartitionFold({ ...layer, publish, type, partition: partition.partition, starts, ...truncated })
  // What a truncated log can vouch for is known once something was read.
  if (!isTruncated) await writeFirstPositions(layer.counters, starts, partition.partition, offset, layer.settings)
  return { ...work, start: { nextOffset: offset, appendedAt } }
}

async function findStart({ counters, rows, settings }: SpeedLayer, view: View, partition: number): Promise<ViewStart> {
  const version = storedVersion(view, settings)
  const positions = await counters.readPositions(view.name, version)
  const position = positions.find((candidate) => candidate.partition === partition)
  if (position) return { view, position, foldFrom: sliceOf(position.appendedAt, settings.sliceMs) }
  const run = (await rows.readNewestRun({ view: view.name, version })) ?? (await rows.readNewestRun())
  return { view, position: null, foldFrom: run ? sliceOf(run.boundary, settings.sliceMs) : 0 }
}

async function readBounds(log: EventLog, { topic, partition }: TopicPartition): Promise<PartitionBounds> {
  const bounds = (await log.readBounds(topic)).find((candidate) => candidate.partition === partition)
  if (!bounds) throw new TwofoldError('LOG_UNAVAILABLE', `the log has no partition ${partition} of ${topic}`)
  return bounds
}

/** The stretch before a view's first slice only fills the set of seen ids, so it is as long as the dedup horizon. */
async function findReplayOffset(
  { log, settings }: SpeedLayer,
  partition: TopicPartition,
  starts: readonly ViewStart[],
  { begin, end }: PartitionBounds,
): Promise<number> {
  if (starts.length === 0) return end
  const from: Slice = Math.min(...starts.map(({ foldFrom }) => foldFrom))
  return from <= 0 ? begin : Math.max(begin, await log.findOffset(partition, from - settings.dedupHorizonMs))
}

/** A log that ends before what was already folded is another log: its offsets would hide new results behind old ones. */
function refuseForgottenLog(partition: TopicPartition, starts: readonly ViewStart[], { end }: PartitionBounds): void {
  const furthest = Math.max(0, ...starts.map(({ position }) => position?.nextOffset ?? 0))
  if (furthest <= end) return
  throw new TwofoldError(
    'LOG_TRUNCATED',
    `${partition.topic}/${partition.partition} ends at offset ${end}, but ${furthest} was already folded: the log was ` +
      'replaced or restored from an older state; empty the counter store too, or restore the log',
  )
}

/** What lay before a truncated log is known from the positions behind it only. */
function appendedBefore(starts: readonly ViewStart[], offset: number): number {
  const before = starts.flatMap(({ position }) => (position && position.nextOffset <= offset ? [position.appendedAt] : []))
  return Math.max(0, ...before)
}

/** So that a partition that stays empty is known to be empty, not missing. */
async function writeFirstPositions(
  counters: CounterStore,
  starts: readonly ViewStart[],
  partition: number,
  nextOffset: number,
  settings: SliceSettings,
): Promise<void> {
  const positions = starts.flatMap(({ view, position, foldFrom }): ViewPosition[] => {
    if (position) return []
    const version = storedVersion(view, settings)
    return [{ view: view.name, version, partition, firstSlice: foldFrom, since: null, nextOffset, appendedAt: foldFrom }]
  })
  if (positions.length > 0) await counters.writePositions(positions)
}
