import type { Event } from '../events/event.ts'
import { allTimeBucket, bucketAt, levelOf } from './resolutions.ts'
import { keysOfEvent, type View } from './view.ts'

/** The state of one key and bucket. Changed in place while events are added. */
export interface Group {
  readonly key: string
  readonly stepMs: number
  readonly from: number
  state: unknown
  /** Offset of the last event that was added. */
  offset: number
  /** True while the owner's list of changes holds it. */
  changed: boolean
}

/** Folds events of one view into groups. */
export interface Accumulator {
  /**
   * Adds an event, in the bucket that it has when looked at from `asOf` (milliseconds). Tells each group that changed:
   * none when the view doesn't count the event.
   */
  add(event: Event, asOf: number, onChange?: (group: Group) => void): void
  /** Every group, ordered by nothing in particular. */
  groups(): Iterable<Group>
  clear(): void
}

/** Room for the level in a bucket's number; event times are below 2.6e14 ms, so that the product stays a safe integer. */
const levels = 16

export function createAccumulator(view: View): Accumulator {
  const byKey = new Map<string, Map<number, Group>>()
  const { fold, resolutions } = view

  const groupOf = (key: string, level: number, occurredAt: number): Group => {
    let groups = byKey.get(key)
    if (groups === undefined) byKey.set(key, (groups = new Map()))
    const { stepMs, from } = level < resolutions.length ? bucketAt(resolutions, level, occurredAt) : allTimeBucket
    const number = level < resolutions.length ? from * levels + level : Number.MIN_SAFE_INTEGER
    let group = groups.get(number)
    if (group === undefined) groups.set(number, (group = { key, stepMs, from, state: fold.zero, offset: -1, changed: false }))
    return group
  }

  const addTo = (key: string, event: Event, level: number): Group => {
    const group = groupOf(key, level, event.occurredAt)
    const state = fold.add(group.state, event)
    group.state = level < resolutions.length || !fold.roll ? state : fold.roll(state)
    group.offset = event.offset
    return group
  }
  return {
    add(event, asOf, onChange) {
      const keys = keysOfEvent(view, event)
      const level = levelOf(resolutions, event.occurredAt, asOf)
      if (typeof keys === 'string') {
        const group = addTo(keys, event, level)
        onChange?.(group)
        return
      }
      for (const key of keys) {
        const group = addTo(key, event, level)
        onChange?.(group)
      }
    },
    *groups() {
      for (const groups of byKey.values()) yield* groups.values()
    },
    clear: () => byKey.clear(),
  }
}
