import { createHistogram, type Histogram, type PackedHistogram } from './histogram.ts'
import { createWatchedWindow, type Kind, settleSteps, type WatchedWindow, windowMs } from './watched-window.ts'

/** How the counts on the screens compare with what was acknowledged. */
export interface Comparison {
  /** Windows that hold events, or are shown. */
  readonly windows: number
  /** Windows whose last count differs on one screen at least. */
  readonly differing: number
  /** Windows that a screen doesn't know to be final. */
  readonly open: number
  /** The first window that differs, in words. */
  readonly first?: string
}

/** Histograms by the start of the period in which events were due, milliseconds since 1970. */
export type PackedPeriods = readonly (readonly [startsAt: number, histogram: PackedHistogram])[]

/** What was sent, and what of it is on the screens of one process. */
export interface Tally {
  window(kind: Kind, key: string, from: number): WatchedWindow
  /** Someone watches a key, for as long as there is something to see. */
  watch(kind: Kind, key: string): void
  /** An acknowledged event, by when it was due. Milliseconds since 1970. */
  noteSent(kind: Kind, keys: readonly string[], sentAt: number): void
  /** Notes the latencies of all windows that ended before; of all events sent there must be word already. */
  settle(until: number): void
  latencies(kind: Kind): PackedPeriods
  /** Of events that were alone in their window, of all periods. */
  lonely(kind: Kind): PackedHistogram
  /** Steps to counts for which nothing was sent. */
  readonly unknown: number
  /** Windows from a moment on, in milliseconds since 1970: what was there before is nobody's. */
  compare(kind: Kind, since: number): Comparison
}

export function createTally(periodMs: number): Tally {
  const windows = { mood: new Map<string, WatchedWindow>(), likes: new Map<string, WatchedWindow>() }
  const watchers = { mood: new Map<string, number>(), likes: new Map<string, number>() }
  const periods = { mood: new Map<number, Histogram>(), likes: new Map<number, Histogram>() }
  const lonely = { mood: createHistogram(), likes: createHistogram() }
  let unknown = 0

  const windowOf = (kind: Kind, key: string, from: number): WatchedWindow =>
    getOrMake(windows[kind], `${from}/${key}`, () => createWatchedWindow(kind, key, from))
  return {
    window: windowOf,
    watch: (kind, key) => void watchers[kind].set(key, (watchers[kind].get(key) ?? 0) + 1),
    noteSent(kind, keys, sentAt) {
      for (const key of keys) {
        const window = windowOf(kind, key, Math.floor(sentAt / windowMs[kind]) * windowMs[kind])
        window.isSorted &&= sentAt >= (window.sentAt.at(-1) ?? 0)
        window.sentAt.push(sentAt)
      }
    },
    settle(until) {
      for (const kind of ['mood', 'likes'] as const) {
        const histogramAt = (sentAt: number): Histogram =>
          getOrMake(periods[kind], Math.floor(sentAt / periodMs) * periodMs, createHistogram)
        for (const window of windows[kind].values()) {
          const isOver = window.from + windowMs[kind] <= until
          if (!isOver || window.steps.size === 0) continue
          unknown += settleSteps(window, (sentAt) => (window.sentAt.length === 1 ? [histogramAt(sentAt), lonely[kind]] : [histogramAt(sentAt)]))
        }
      }
    },
    latencies: (kind) => [...periods[kind]].map(([startsAt, histogram]) => [startsAt, histogram.pack()]),
    lonely: (kind) => lonely[kind].pack(),
    get unknown() {
      return unknown
    },
    compare(kind, since) {
      const watched = windows[kind].values().filter(({ key, from }) => from + windowMs[kind] > since && watchers[kind].has(key))
      return compareAll([...watched], watchers[kind])
    },
  }
}

function compareAll(watched: readonly WatchedWindow[], watchers: ReadonlyMap<string, number>): Comparison {
  const differing = watched.filter((window) => isDifferent(window, watchers.get(window.key)!))
  const open = watched.filter((window) => window.finalOn < watchers.get(window.key)!)
  const [first] = differing
  const counts = { windows: watched.length, differing: differing.length, open: open.length }
  return first ? { ...counts, first: describe(first, watchers.get(first.key)!) } : counts
}

function isDifferent({ sentAt, screens }: WatchedWindow, watchers: number): boolean {
  return (screens.get(sentAt.length) ?? 0) !== watchers
}

function describe({ kind, key, from, sentAt, screens }: WatchedWindow, watchers: number): string {
  const shown = [...screens].map(([count, on]) => `${count} on ${on}`).join(', ') || 'nothing'
  return `${kind} of ${key} from ${new Date(from).toISOString()}: ${sentAt.length} acknowledged, shown ${shown} of ${watchers} screens`
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
