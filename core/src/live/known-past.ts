import type { Slice } from '../slices/slice.ts'
import { isWithin, type WindowRange } from '../views/windows.ts'

/** A stretch of one key's event time that has to be read from the stores. */
export interface Past extends WindowRange {
  readonly key: string
}

interface Known extends Past {
  readonly boundary: Slice
  touchedAt: number
}

/**
 * Which stretches of the past are held in memory. From some time on everything is known from the updates alone; what
 * lies before was read from the stores when a late event asked for it, and is kept for a while.
 */
export interface KnownPast {
  /** What of a range is not known; undefined when all of it is. */
  missing(key: string, range: WindowRange): Past | undefined
  /** `boundary`: of the batch view that was read. */
  add(past: Past, boundary: Slice, appendedAt: number): void
  /** Prolongs what a range was read for. */
  touch(key: string, range: WindowRange, appendedAt: number): void
  /** Takes out what was not touched since a time. */
  takeUntouched(since: number): Past[]
  isHeld(key: string, range: WindowRange): boolean
  /** First slice that the batch view's part of a range does not hold; 0 where none was read. */
  boundaryOf(key: string, range: WindowRange): Slice
  /** Event time from which on everything is known. Only grows. */
  trustFrom(time: number): void
  readonly trustedFrom: number
}

export function createKnownPast(): KnownPast {
  const byKey = new Map<string, Known[]>()
  let oldest = Number.POSITIVE_INFINITY
  let trustedFrom = Number.POSITIVE_INFINITY

  const holder = (key: string, range: WindowRange): Known | undefined => byKey.get(key)?.findLast((known) => isWithin(range, known))
  const unknownPart = (range: WindowRange): WindowRange | undefined => {
    if (range.from >= trustedFrom) return undefined
    // What is held of all time was never known from the updates alone.
    return { from: range.from, until: range.until === Number.POSITIVE_INFINITY ? range.until : Math.min(range.until, trustedFrom) }
  }
  return {
    missing(key, range) {
      const part = unknownPart(range)
      return part && !holder(key, part) ? { key, ...part } : undefined
    },
    add(past, boundary, appendedAt) {
      const known = { ...past, boundary, touchedAt: appendedAt }
      const ofKey = byKey.get(past.key)?.filter((other) => !isWithin(other, past)) ?? []
      byKey.set(past.key, [...ofKey, known])
      oldest = Math.min(oldest, appendedAt)
    },
    touch(key, range, appendedAt) {
      const part = unknownPart(range)
      const known = part && holder(key, part)
      if (known) known.touchedAt = appendedAt
    },
    takeUntouched(since) {
      if (oldest >= since) return []
      const taken: Past[] = []
      oldest = Number.POSITIVE_INFINITY
      for (const [key, ofKey] of byKey) {
        const kept = ofKey.filter(({ touchedAt }) => touchedAt >= since)
        taken.push(...ofKey.filter((known) => !kept.includes(known)))
        oldest = Math.min(oldest, ...kept.map(({ touchedAt }) => touchedAt))
        if (kept.length === 0) byKey.delete(key)
        else if (kept.length < ofKey.length) byKey.set(key, kept)
      }
      return taken
    },
    boundaryOf: (key, range) => (range.from >= trustedFrom ? 0 : (holder(key, range)?.boundary ?? 0)),
    isHeld: (key, range) => range.from >= trustedFrom || holder(key, range) !== undefined,
    trustFrom(time) {
      trustedFrom = trustedFrom === Number.POSITIVE_INFINITY ? time : Math.max(trustedFrom, time)
    },
    get trustedFrom() {
      return trustedFrom
    },
  }
}
