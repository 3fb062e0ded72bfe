import type { View } from '@twofold/core/views/view.ts'
import type { LiveChanges, LiveFeed, Vector } from '../live/live-feed.ts'
import { isAhead } from './vector-text.ts'
import type { Fault } from './warn-rarely.ts'

/** What was published between two places; without changes when only a tick was asked for. */
export interface Tick {
  readonly since: Vector
  readonly position: Vector
  /** Undefined when that is not remembered, or the last tick failed: whoever listens has to take a snapshot anew. */
  readonly changes: LiveChanges | undefined
}

/** What was published to those who listen to a window. */
export interface Published {
  readonly window: string
  readonly changes: LiveChanges | undefined
}

export type TickListener = (tick: Tick) => void

/** Publishes the changes of each watched window of a view: at most every 250 ms, latest wins, up to every second when publishing takes long. */
export interface Ticker {
  /** Calls back at every tick with changes, until the answered function is called. */
  listen(view: View, window: string, listener: TickListener): () => void
  /** Asks for a tick soon, also without changes: somebody waits to join at a place. Nobody who listens, no tick. */
  ask(view: View, window: string): void
}

export interface TickerOptions {
  readonly feed: LiveFeed
  /** Milliseconds since some moment; never steps. */
  readonly elapsed: () => number
  readonly minPauseMs?: number
  /** Told how long the listeners of a view took to publish a tick. Milliseconds. */
  readonly onPublished?: (view: View, durationMs: number, published: Published) => void
  /** Told when a window could not be published. All others are, and this one is again, from a snapshot, at its next tick. */
  readonly onError: (fault: Fault) => void
}

interface Watch {
  readonly view: View
  readonly window: string
  readonly listeners: Set<TickListener>
  /** Everything up to here was published. */
  since: Vector
  isDue: boolean
  isAsked: boolean
  /** Somebody may not have heard all of the last tick. */
  isTorn: boolean
}

/** The pause is so many times as long as publishing took, so that publishing never takes more than a third of the process' time until the pause is at its longest. */
const pauseFactor = 2
const maxPauseMs = 1000

/** One timer for everything that is watched, and none while nothing is, or nothing moves. */
export function createTicker(options: TickerOptions): Ticker {
  const { feed, elapsed, minPauseMs = 250 } = options
  const watches = new Map<string, Watch>()
  let timer: NodeJS.Timeout | undefined
  let pauseUntil = Number.NEGATIVE_INFINITY

  const schedule = (): void => {
    if (timer || !watches.values().some(({ isDue }) => isDue)) return
    timer = setTimeout(tick, Math.max(0, pauseUntil - elapsed()))
  }
  const tick = (): void => {
    timer = undefined
    const startedAt = elapsed()
    if (feed.isReady) for (const watch of watches.values()) if (watch.isDue) attempt(watch, options, () => publish(watch, options))
    const now = elapsed()
    pauseUntil = now + Math.min(maxPauseMs, Math.max(minPauseMs, pauseFactor * (now - startedAt)))
    schedule()
  }
  feed.onMove(() => {
    for (const watch of watches.values()) watch.isDue = true
    schedule()
  })
  const close = (watch: Watch): void => {
    watches.delete(nameOf(watch.view, watch.window))
    if (watches.size > 0) return
    clearTimeout(timer)
    timer = undefined
  }
  return {
    listen(view, window, listener) {
      const name = nameOf(view, window)
      const watch = watches.get(name) ?? { view, window, listeners: new Set(), since: feed.position, isDue: false, isAsked: false, isTorn: false }
      watches.set(name, watch)
      watch.listeners.add(listener)
      return () => {
        if (watch.listeners.delete(listener) && watch.listeners.size === 0) close(watch)
      }
    },
    ask(view, window) {
      const watch = watches.get(nameOf(view, window))
      if (!watch) return
      watch.isAsked = true
      watch.isDue = true
      schedule()
    },
  }
}

/** On a timer nobody else would catch what is thrown: it would end the process. */
function attempt(watch: Watch, { onError }: TickerOptions, act: () => void): void {
  try {
    act()
  } catch (error) {
    watch.isTorn = true
    onError({ view: watch.view.name, window: watch.window, error })
  }
}

function publish(watch: Watch, options: TickerOptions): void {
  const { view, window, since, isAsked, isTorn, listeners } = watch
  const { feed, elapsed, onPublished } = options
  const startedAt = elapsed()
  const { position } = feed
  watch.isDue = false
  const changes = isTorn || isAhead(since, position) ? undefined : feed.changesSince(view, window, since)
  watch.since = position
  watch.isAsked = false
  watch.isTorn = false
  if (changes && !isAsked && changes.rows.length + changes.corrections.length === 0) return
  const tick: Tick = { since, position, changes }
  for (const listener of Array.from(listeners)) attempt(watch, options, () => listener(tick))
  onPublished?.(view, elapsed() - startedAt, { window, changes })
}

function nameOf(view: View, window: string): string {
  return `${view.name}/${window}`
}
