import type { ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { PublishedRun } from '@twofold/core/ports/row-store.ts'
import type { Layers, Place } from '@twofold/core/serving/read-view.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import { compareLayers, type Comparison } from './compare-layers.ts'
import { repeat } from './repeat.ts'

/** What is told of the layers while nobody asks for an answer. */
export interface LayerWatch {
  /** Looks once at the readers, at the newest run and, when a run has replaced another, at whether the layers agree. Never rejects. */
  look(): Promise<void>
  start(): void
  stop(): void
}

export interface LayerWatchOptions {
  readonly layers: Layers
  readonly views: readonly View[]
  readonly partitions: number
  /** How long a cell is kept, milliseconds. */
  readonly cellTtlMs: number
  readonly now: () => number
  /** Time between two looks, milliseconds. */
  readonly everyMs: number
  /** Null: there is none yet. */
  readonly onRun: (view: View, run: PublishedRun | null) => void
  /** How far a view was folded; null: that can't be asked. */
  readonly onPositions: (view: View, positions: readonly ViewPosition[] | null) => void
  readonly onCompared: (view: View, comparison: Comparison, run: PublishedRun) => void
  readonly onError: (error: unknown) => void
}

/** So many keys of each run are compared; the next comparison goes on behind them. */
const keysCompared = 25

export function watchLayers(options: LayerWatchOptions): LayerWatch {
  const { layers, views, everyMs, onRun, onPositions, onError } = options
  const versionOf = (view: View): string => storedVersion(view, layers.settings)
  const watched = views.map((view) => ({ view, comparing: createComparing(view, options) }))

  const lookAtPositions = async ({ view }: (typeof watched)[number]): Promise<void> => {
    const failed = (error: unknown): never => {
      onPositions(view, null)
      throw error
    }
    onPositions(view, await layers.counters.readPositions(view.name, versionOf(view)).catch(failed))
  }
  const lookAtRun = async ({ view, comparing }: (typeof watched)[number]): Promise<void> => {
    const run = await layers.rows.readNewestRun({ view: view.name, version: versionOf(view) })
    onRun(view, run)
    if (run) await comparing(run)
  }
  // Each store by itself: what one says must not wait until the other one answers or gives up.
  const looks = [lookAtPositions, lookAtRun].map((lookAt) => async (): Promise<void> => {
    // One view after the other: nobody waits for this, and those who wait for answers shall not wait for it.
    for (const each of watched) await lookAt(each).catch(onError)
  })
  let stops: (() => void)[] = []
  return {
    look: async () => void (await Promise.all(looks.map((look) => look()))),
    start: () => void (stops = looks.map((look) => repeat(look, everyMs))),
    stop: () => stops.forEach((stop) => stop()),
  }
}

/** Compares each run with the one that was seen before it, as soon as the speed layer has passed its boundary. */
function createComparing(view: View, { layers, partitions, cellTtlMs, now, onCompared }: LayerWatchOptions): (run: PublishedRun) => Promise<void> {
  let known: PublishedRun | undefined
  let after: Place | undefined
  return async (run) => {
    const previous = known
    known ??= run
    if (!previous || run.boundary <= previous.boundary) return
    const runs = { previous, run, ...(after ? { after } : {}) }
    const compared = await compareLayers(layers, view, runs, { partitions, keys: keysCompared, cellTtlMs, now: now() })
    if (compared === 'too-early') return
    known = run
    if (compared === 'gone') return
    after = compared.next
    onCompared(view, compared, run)
  }
}
