import { isTwofoldError } from '@twofold/core/errors.ts'
import type { ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { PublishedRun } from '@twofold/core/ports/row-store.ts'
import { aroundOf, shownValue } from '@twofold/core/serving/look-around.ts'
import type { StateRow } from '@twofold/core/serving/merge-rows.ts'
import { type Layers, type Place, readPage } from '@twofold/core/serving/read-view.ts'
import { allTimeBucket } from '@twofold/core/views/resolutions.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'

export interface ComparedRuns {
  readonly previous: PublishedRun
  /** The run that replaced it, with a later boundary. */
  readonly run: PublishedRun
  /** Keys behind this one are compared. */
  readonly after?: Place
}

export interface Comparison {
  readonly samples: number
  /** Keys on which the layers differ. */
  readonly differing: readonly string[]
  /** Where the next comparison goes on; undefined to begin with the first key again. */
  readonly next: Place | undefined
}

export interface ComparisonLimits {
  /** Partitions of the view's topic. */
  readonly partitions: number
  /** So many keys of each run are looked at. */
  readonly keys: number
  readonly now: number
  /** How long a cell is kept, milliseconds. */
  readonly cellTtlMs: number
}

/** Reading takes a while, and the store's clock is another one. Milliseconds. */
const expiryMarginMs = 60_000

/** The speed layer has not come far enough to be compared, or what it knew is gone. */
export type Incomparable = 'too-early' | 'gone'

/**
 * What a run counted of the slices since the one before it must be what the speed layer counted of them: for some keys,
 * the new run is compared with the previous one merged with the cells in between. A key that neither run holds in its
 * share is not seen. Repeats that came later than the dedup horizon are a difference that is known and says so in
 * `raw_late_repeats_total`.
 */
export async function compareLayers(layers: Layers, view: View, runs: ComparedRuns, limits: ComparisonLimits): Promise<Comparison | Incomparable> {
  const positions = await layers.counters.readPositions(view.name, storedVersion(view, layers.settings))
  const state = judge(positions, runs, limits)
  if (state !== 'comparable') return state
  try {
    return await compareKeys(layers, view, { ...runs, positions: until(positions, runs.run) }, limits)
  } catch (error) {
    if (isTwofoldError(error, 'RUN_GONE')) return 'gone'
    throw error
  }
}

function judge(positions: readonly ViewPosition[], { previous, run }: ComparedRuns, { partitions, now, cellTtlMs }: ComparisonLimits): 'comparable' | Incomparable {
  // Cells that are missing because they expired are no difference.
  if (now - previous.boundary >= cellTtlMs - expiryMarginMs) return 'gone'
  if (positions.some(({ firstSlice }) => firstSlice > previous.boundary)) return 'gone'
  const isFolded = positions.length >= partitions && positions.every(({ appendedAt }) => appendedAt >= run.boundary)
  return isFolded ? 'comparable' : 'too-early'
}

/** As if nothing had been folded since: cells of later slices are no part of the run. */
function until(positions: readonly ViewPosition[], { boundary }: PublishedRun): ViewPosition[] {
  return positions.map((position) => ({ ...position, appendedAt: boundary - 1 }))
}

async function compareKeys(
  layers: Layers,
  view: View,
  { previous, run, positions, after }: ComparedRuns & { readonly positions: readonly ViewPosition[] },
  { keys: limit }: ComparisonLimits,
): Promise<Comparison> {
  const share = { step: 'all', limit, ...(after ? { after } : {}) } as const
  const pages = await Promise.all([run, previous].map((of) => readPage(layers, view, { run: of, positions: null }, share)))
  const keys = [...new Set(pages.flatMap(({ rows }) => rows.map(({ key }) => key)))]
  if (keys.length === 0) return { samples: 0, differing: [], next: undefined }
  const query = { step: 'all', keys, limit: keys.length } as const
  const [batch, merged] = await Promise.all([
    readPage(layers, view, { run, positions: null }, query),
    readPage(layers, view, { run: previous, positions }, query),
  ])
  const [left, right] = [textsOf(view, batch.rows), textsOf(view, merged.rows)]
  return { samples: keys.length, differing: keys.filter((key) => left.get(key) !== right.get(key)), next: pages[0]!.next ?? undefined }
}

function textsOf(view: View, rows: readonly StateRow[]): Map<string, string> {
  return new Map(rows.map(({ key, state }) => [key, JSON.stringify(shownValue(view, state, aroundOf(view, allTimeBucket, [])), round)]))
}

/** Sums of fractions differ in their last digits with the order of the summands. */
function round(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value
}
