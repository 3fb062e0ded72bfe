import { hashOf } from '@twofold/core/live/hash-of.ts'
import type { LiveView } from '@twofold/core/live/live-view.ts'
import type { CellUpdate } from '@twofold/core/live/updates.ts'
import { allTimeStep, untilOf } from '@twofold/core/views/resolutions.ts'

/** Which keys are held live in one partition of the updates. */
export interface KeyLimit {
  /** Whether a cell may be taken in: its key is held, or there is room for it. `appendedAt`: of the update, milliseconds. */
  admits(liveView: LiveView, cell: CellUpdate, appendedAt: number): boolean
  /** Whether a key is held, or may be from now on. */
  mayHold(liveView: LiveView, key: string, appendedAt: number): boolean
}

export interface KeyLimitOptions {
  readonly sliceMs: number
  /** Whether the process may hold another key. */
  readonly hasRoom: () => boolean
}

/** Keys share a note of what was left out of them; a prime number, as keys of one partition have parts of their hash in common. */
const notes = 16_381
const noteFor = ({ view }: LiveView, key: string): number => hashOf(view.name, '/', key) % notes

/**
 * A key that was left out comes in again when there is room and all that was left out of it has become the past: old
 * enough to be read from the stores with the rest, and of slices that no update will tell of. Its windows would lack it otherwise.
 */
export function limitKeys({ sliceMs, hasRoom }: KeyLimitOptions): KeyLimit {
  const leftOut = new Map<LiveView, Float64Array>()

  const noteOf = (liveView: LiveView): Float64Array => {
    const known = leftOut.get(liveView)
    if (known) return known
    const made = new Float64Array(notes).fill(Number.NEGATIVE_INFINITY)
    leftOut.set(liveView, made)
    return made
  }
  const isComplete = (liveView: LiveView, key: string, appendedAt: number): boolean => {
    const until = leftOut.get(liveView)?.[noteFor(liveView, key)] ?? Number.NEGATIVE_INFINITY
    return until <= Math.min(liveView.trustedFrom, appendedAt)
  }
  const mayHold: KeyLimit['mayHold'] = (liveView, key, appendedAt) => liveView.holds(key) || (isComplete(liveView, key, appendedAt) && hasRoom())
  return {
    mayHold,
    admits(liveView, cell, appendedAt) {
      if (mayHold(liveView, cell.key, appendedAt)) return true
      const at = noteFor(liveView, cell.key)
      const sliceEnd = cell.slice + sliceMs
      const note = noteOf(liveView)
      note[at] = Math.max(note[at]!, cell.stepMs === allTimeStep ? sliceEnd : Math.max(sliceEnd, untilOf(cell)))
      return false
    },
  }
}
