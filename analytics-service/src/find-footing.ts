import { isRetriable, TwofoldError } from '@twofold/core/errors.ts'
import type { CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { PublishedRun } from '@twofold/core/ports/row-store.ts'
import { findMissing, type PartitionLag } from '@twofold/core/serving/assess.ts'
import type { Footing, Layers } from '@twofold/core/serving/read-view.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import type { LagMeter } from './lag-meter.ts'

/** What the serving layer answers from. */
export interface ServingLayer extends Layers {
  readonly views: readonly View[]
  readonly lagMeter: LagMeter
  readonly now: () => number
  readonly cellTtlMs: number
  /** A partition further behind than this makes an answer incomplete. Milliseconds. */
  readonly maxLagMs: number
  /** What is published live: which windows were closed, and how often they were corrected. */
  readonly live: LiveKnowledge
}

export interface LiveKnowledge {
  /** Event time up to which every partition of a view's topic is processed, milliseconds; -Infinity while that is not known. */
  processedUntil(view: View): number
  /** How many corrections of a bucket were published, as far as they are remembered. */
  revisionOf(view: View, key: string, range: { readonly from: number; readonly until: number }): number
}

/** What an answer stands on, and what of it is missing. */
export interface AssessedFooting extends Footing {
  readonly missing: readonly string[]
  /** The longest one of all partitions, milliseconds; null when somebody's can't be told. */
  readonly lagMs: number | null
  /** Event time up to which every partition is processed; -Infinity when one was never opened. */
  readonly processedUntil: number
}

/** Finds the newest run of a view, or the one that a cursor pinned (RUN_GONE once it was swept), and the speed positions. */
export async function findFooting(layer: ServingLayer, view: View, pinnedRun: number | null | undefined): Promise<AssessedFooting> {
  const version = storedVersion(view, layer.settings)
  const run = await findRun(layer, view, version, pinnedRun)
  const positions = await readPositions(layer.counters, view.name, version)
  return assessFooting(layer, view, run, positions)
}

/** The batch part alone, for when the speed results could not be read. */
export function withoutSpeed(layer: ServingLayer, view: View, { run }: Footing): AssessedFooting {
  return assessFooting(layer, view, run, null)
}

function assessFooting(layer: ServingLayer, view: View, run: PublishedRun | null, positions: ViewPosition[] | null): AssessedFooting {
  const readerOf = (partition: number) => positions?.find((position) => position.partition === partition)
  const lags = layer.lagMeter.lagsOf(view.topic, readerOf)
  const missing = findMissing({ run, positions, lags, now: layer.now(), cellTtlMs: layer.cellTtlMs, maxLagMs: layer.maxLagMs })
  const times = lags?.map(({ partition }) => readerOf(partition)?.appendedAt ?? Number.NEGATIVE_INFINITY)
  const foldedUntil = times ? Math.min(...times) : Number.NEGATIVE_INFINITY
  return { run, positions, missing, lagMs: positions && longest(lags), processedUntil: Math.max(foldedUntil, layer.live.processedUntil(view)) }
}

function longest(lags: readonly PartitionLag[] | null): number | null {
  return lags && lags.reduce<number | null>((most, { lagMs }) => (most === null || lagMs === null ? null : Math.max(most, lagMs)), 0)
}

async function findRun({ rows }: ServingLayer, view: View, version: string, pinned: number | null | undefined): Promise<PublishedRun | null> {
  if (pinned === undefined) return rows.readNewestRun({ view: view.name, version })
  if (pinned === null) return null
  const run = await rows.readRun(pinned)
  if (run?.views.some((held) => held.view === view.name && held.version === version)) return run
  throw new TwofoldError('RUN_GONE', 'the run that this cursor reads was removed; start again without the cursor')
}

async function readPositions(counters: CounterStore, view: string, version: string): Promise<ViewPosition[] | null> {
  try {
    return await counters.readPositions(view, version)
  } catch (error) {
    if (isRetriable(error)) return null
    throw error
  }
}
