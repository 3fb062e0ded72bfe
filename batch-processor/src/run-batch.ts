import { isTwofoldError } from '@twofold/core/errors.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore, ViewVersion } from '@twofold/core/ports/row-store.ts'
import { boundaryOf, type Slice, type SliceSettings } from '@twofold/core/slices/slice.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import { appendTicks } from './append-ticks.ts'
import { foldHistory } from './fold-history.ts'
import { holdLease, type Lease } from './hold-lease.ts'
import { awaitRows } from './await-rows.ts'
import { writeView } from './write-view.ts'

export interface BatchLayer {
  readonly log: EventLog
  readonly rows: RowStore
  readonly events: readonly AnyEventType[]
  readonly views: readonly View[]
  readonly settings: SliceSettings
  /** Names this process in the lease. */
  readonly owner: string
  readonly leaseMs: number
  /** How long raw rows may take to reach the ticks. Milliseconds. */
  readonly rowsTimeoutMs: number
  /** How many published runs of a view stay readable, and how long a swept one stays after it was replaced. */
  readonly keepRuns: number
  readonly sweepGraceMs: number
  readonly sleep: (durationMs: number) => Promise<void>
  readonly newId: () => string
  /** Aborted: the run ends as soon as it can, unpublished. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BatchProgress) => void
}

export interface BatchProgress {
  readonly rowsRead: number
  /** No fewer than there are: records that are no rows count too. */
  readonly rowsExpected: number
}

export type BatchResult =
  | { readonly outcome: 'published'; readonly run: number; readonly boundary: Slice; readonly rowsRead: number }
  | { readonly outcome: 'not-grown' }
  | { readonly outcome: 'lease-held' }

export const leaseName = 'batch-run'

/** One run: hold the lease, tick, wait for the rows, fold the whole history of every view, publish, sweep. */
export async function runBatch(layer: BatchLayer): Promise<BatchResult> {
  const lease = await holdLease(layer, leaseName)
  if (!lease) return { outcome: 'lease-held' }
  try {
    return await runWithLease(layer, lease)
  } catch (error) {
    if (isTwofoldError(error, 'BOUNDARY_NOT_GROWN')) return { outcome: 'not-grown' }
    throw error
  } finally {
    await lease.release()
  }
}

async function runWithLease(layer: BatchLayer, lease: Lease): Promise<BatchResult> {
  const ticks = await appendTicks(layer)
  const boundary = boundaryOf(ticks, layer.settings.sliceMs)
  if (!(await hasGrown(layer, boundary))) return { outcome: 'not-grown' }
  await awaitRows(layer, ticks)

  const run = await layer.rows.createRun(layer.owner)
  const rowsRead = await foldTopics(layer, lease, run, boundary)
  lease.refuseIfLost()
  await layer.rows.publishRun({ run, owner: layer.owner, lease: leaseName, boundary, views: versionsOf(layer) })
  await layer.rows.sweepRuns(layer.keepRuns, layer.sweepGraceMs)
  return { outcome: 'published', run, boundary, rowsRead }
}

async function foldTopics(layer: BatchLayer, lease: Lease, run: number, boundary: Slice): Promise<number> {
  const rowsExpected = await countExpected(layer)
  let rowsRead = 0
  for (const type of layer.events) {
    const views = layer.views.filter(({ topic }) => topic === type.topic)
    if (views.length === 0) continue
    const folded = await foldHistory(layer.rows, views, boundary, (rows) => {
      lease.refuseIfLost()
      layer.signal?.throwIfAborted()
      layer.onProgress?.({ rowsRead: rowsRead + rows, rowsExpected })
    })
    rowsRead += folded.rowsRead
    for (const result of folded.views) {
      layer.signal?.throwIfAborted()
      await writeView(layer.rows, run, versionOf(layer, result.view), result)
    }
  }
  return rowsRead
}

async function countExpected({ rows, views }: BatchLayer): Promise<number> {
  const topics = [...new Set(views.map(({ topic }) => topic))]
  const positions = (await Promise.all(topics.map((topic) => rows.readPositions(topic)))).flat()
  return positions.reduce((sum, { nextOffset }) => sum + nextOffset, 0)
}

/** What publishing would refuse is not worth a read of the whole history. */
async function hasGrown({ rows, views, settings }: BatchLayer, boundary: Slice): Promise<boolean> {
  let isNews = false
  for (const view of views) {
    const newest = await rows.readNewestRun({ view: view.name, version: storedVersion(view, settings) })
    if (newest !== null && newest.boundary > boundary) return false
    isNews ||= newest === null || newest.boundary < boundary
  }
  return isNews
}

function versionOf({ settings }: BatchLayer, view: View): ViewVersion {
  return { view: view.name, version: storedVersion(view, settings) }
}

function versionsOf(layer: BatchLayer): ViewVersion[] {
  return layer.views.map((view) => versionOf(layer, view))
}

