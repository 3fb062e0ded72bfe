import { isRetriable } from '@twofold/core/errors.ts'
import type { Past } from '@twofold/core/live/known-past.ts'
import type { Correction, KeptCorrection } from '@twofold/core/live/report.ts'
import type { Cell, CounterStore } from '@twofold/core/ports/counter-store.ts'
import { allTimeStep, floorTo } from '@twofold/core/views/resolutions.ts'
import { storedVersion, type View } from '@twofold/core/views/view.ts'
import type { Window } from '@twofold/core/views/windows.ts'
import type { SliceSettings } from '@twofold/core/slices/slice.ts'
import { inTime } from '@twofold/runtime/in-time.ts'

/** Corrections outlive the process and the topic in the counter store: the newest one of each window. */
export interface KeptCorrections {
  /** Notes a correction; it is written soon, together with others. */
  keep(view: View, partition: number, correction: Correction): void
  /** The newest correction of each window of a key that overlaps a range, as seen from a moment of the log (milliseconds). */
  read(view: View, partition: number, past: Past, appendedAt: number): Promise<KeptCorrection[]>
  /** Tries once more to write what waits. Resolves when it was written or could not be, within a few seconds. */
  close(): Promise<void>
}

export interface KeptCorrectionsParts {
  readonly counters: CounterStore
  readonly settings: SliceSettings
  readonly onError: (error: unknown) => void
}

/** They are grouped by the day on which they came, and two days are read: a cell lives that long by default. */
const dayMs = 86_400_000
/** More than that wait only while the store is down; then the oldest go, and their revisions begin anew after a restart. */
const maxWaiting = 100_000
/** After a failure nothing is written for so long. */
const pauseMs = 1000
const closeTimeoutMs = 3000

export function createKeptCorrections({ counters, settings, onError }: KeptCorrectionsParts): KeptCorrections {
  let waiting = new Map<string, Cell>()
  let writing: Promise<void> | undefined
  let pause: NodeJS.Timeout | undefined
  let isClosing = false

  /** Answers whether to go on with those that came meanwhile. */
  const write = async (): Promise<boolean> => {
    const cells = [...waiting.values()]
    waiting = new Map()
    try {
      await counters.writeCells(cells)
      return true
    } catch (error) {
      const isDown = isRetriable(error)
      // Newer ones of the same windows may wait by now.
      if (isDown) waiting = new Map([...cells.map((cell) => [nameOf(cell), cell] as const), ...waiting])
      onError(error)
      return !isDown
    }
  }
  const writeAll = async (): Promise<void> => {
    let goesOn = true
    while (goesOn && waiting.size > 0) goesOn = await write()
    // Not a moment later: what came in between would be left until the next one.
    writing = undefined
    if (!goesOn && !isClosing) pause = setTimeout(goOn, pauseMs)
  }
  const begin = (): void => {
    if (waiting.size > 0 && !pause) writing ??= writeAll()
  }
  const goOn = (): void => {
    clearTimeout(pause)
    pause = undefined
    begin()
  }
  return {
    keep(view, partition, correction) {
      const cell = cellOf(view, partition, correction, settings)
      waiting.set(nameOf(cell), cell)
      if (waiting.size > maxWaiting) waiting.delete(waiting.keys().next().value!)
      begin()
    },
    async read(view, partition, { key, from, until }, appendedAt) {
      if (until === Number.POSITIVE_INFINITY) return []
      const today = floorTo(appendedAt, dayMs)
      const question = { slices: [today - dayMs, today], partitions: [partition], keys: [key], from, until }
      const version = storedVersion(view, settings)
      const cells = await Promise.all(view.windows.map((window) => counters.readCells({ view: storedName(view, window), version, ...question })))
      return newestOf(cells.flat())
    },
    async close() {
      isClosing = true
      const written = writing ?? Promise.resolve()
      const lastTry = written.then(goOn).then(() => writing)
      await inTime(lastTry, closeTimeoutMs, 'keeping corrections').catch(onError)
    },
  }
}

function storedName({ name }: View, window: Window): string {
  return `${name}/${window.name}`
}

function nameOf({ view, version, slice, key, stepMs, from }: Cell): string {
  return JSON.stringify([view, version, slice, key, stepMs, from])
}

/** A session is found by its start, whatever its end. */
function lengthOf({ window, from, until }: Correction['report']): number {
  if (until === Number.POSITIVE_INFINITY) return allTimeStep
  return window.kind === 'session' ? window.gapMs : until - from
}

function cellOf(view: View, partition: number, correction: Correction, settings: SliceSettings): Cell {
  const { report, place, revision, previous, value, correctedAt } = correction
  const { window, from, until } = report
  const kept: KeptCorrection = { window: window.name, from, until, place, revision, previous, value, correctedAt }
  return {
    view: storedName(view, window),
    version: storedVersion(view, settings),
    slice: floorTo(correctedAt, dayMs),
    partition,
    key: report.key,
    stepMs: lengthOf(report),
    from,
    state: JSON.stringify(kept),
    offset: place,
  }
}

function newestOf(cells: readonly Cell[]): KeptCorrection[] {
  const newest = new Map<string, KeptCorrection>()
  for (const { view, stepMs, from, state } of cells) {
    const kept = JSON.parse(state) as KeptCorrection
    const name = `${view}/${stepMs}/${from}`
    if ((newest.get(name)?.place ?? -1) < kept.place) newest.set(name, kept)
  }
  return [...newest.values()]
}
