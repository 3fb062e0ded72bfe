import type { WindowRange } from '../views/windows.ts'
import { type LiveKey, rangeOf } from './live-key.ts'

type IsOld = (name: string, range: WindowRange, stepMs: number) => boolean

/** All keys that are held, by name. */
export interface LiveKeys {
  open(name: string): LiveKey
  holds(name: string): boolean
  readonly count: number
  countBuckets(): number
  /** Forgets the buckets of all keys that are old. */
  forget(isOld: IsOld): void
  forgetOf(name: string, isOld: IsOld): void
}

export function createLiveKeys(): LiveKeys {
  const keys = new Map<string, LiveKey>()

  const forgetOf = (name: string, isOld: IsOld): void => {
    const key = keys.get(name)
    if (!key) return
    for (const [stepMs, ofStep] of key.buckets) {
      for (const bucket of ofStep.values()) if (isOld(name, rangeOf(bucket), stepMs)) ofStep.delete(bucket.from)
      if (ofStep.size === 0) key.buckets.delete(stepMs)
    }
    if (key.buckets.size === 0) keys.delete(name)
  }
  return {
    open(name) {
      const known = keys.get(name)
      if (known) return known
      const made: LiveKey = { buckets: new Map() }
      keys.set(name, made)
      return made
    },
    holds: (name) => keys.has(name),
    get count() {
      return keys.size
    },
    countBuckets() {
      let buckets = 0
      for (const key of keys.values()) for (const ofStep of key.buckets.values()) buckets += ofStep.size
      return buckets
    },
    forget(isOld) {
      for (const name of keys.keys()) forgetOf(name, isOld)
    },
    forgetOf,
  }
}
