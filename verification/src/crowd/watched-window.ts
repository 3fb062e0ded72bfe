import type { Histogram } from './histogram.ts'

/** What is watched: taps by room, in windows of two seconds; likes by video, in windows of a minute. */
export type Kind = 'mood' | 'likes'

export const windowMs: Readonly<Record<Kind, number>> = { mood: 2000, likes: 60_000 }

/** A window of one room or video: what was sent for it, and what its watchers have on their screens. */
export interface WatchedWindow {
  readonly kind: Kind
  readonly key: string
  /** Milliseconds since 1970. */
  readonly from: number
  /** When each acknowledged event was due. */
  readonly sentAt: number[]
  isSorted: boolean
  /** How many watchers have which count on their screens. */
  readonly screens: Map<number, number>
  /** How many watchers were told that it is final. */
  finalOn: number
  /** Steps whose latencies were not noted yet. */
  readonly steps: Map<number, Step>
}

/** A count on a screen grew: when, on how many screens. Watchers of the same take the same steps. */
interface Step {
  readonly above: number
  readonly upTo: number
  /** Screens by the millisecond. */
  readonly receipts: Map<number, number>
}

/** A window as a frame shows it. */
export interface ShownWindow {
  readonly window: WatchedWindow
  readonly count: number
  readonly isFinal: boolean
}

export function createWatchedWindow(kind: Kind, key: string, from: number): WatchedWindow {
  return { kind, key, from, sentAt: [], isSorted: true, screens: new Map(), finalOn: 0, steps: new Map() }
}

const maxCount = 2 ** 26

/** Notes that a screen grew from one count to another at a moment, in milliseconds since 1970. */
export function noteStep({ steps }: WatchedWindow, above: number, upTo: number, receivedAt: number): void {
  const name = above * maxCount + upTo
  let step = steps.get(name)
  if (!step) steps.set(name, (step = { above, upTo, receipts: new Map() }))
  const at = Math.floor(receivedAt)
  step.receipts.set(at, (step.receipts.get(at) ?? 0) + 1)
}

/**
 * Notes how long each event took to each screen, and forgets the steps: from the moment at which it was due, so that
 * waiting for others of the same request, for a slow sender, and for an answer all count, until the subscriber's process
 * has read a message with a count that includes it.
 *
 * The events of a window are alike, so the c-th one, in the order in which they were due, is taken to be on a screen once
 * that shows c or more. Where an event was overtaken by another one of its window the two are swapped: the sum is right
 * whatever the order, the longest may come out shorter, by less than the window's length. An event that is alone in its
 * window can't be swapped, so that those are told apart, too.
 *
 * Answers how many could not be noted, because fewer were sent than were shown.
 */
export function settleSteps(window: WatchedWindow, histogramsAt: (sentAt: number) => readonly Histogram[]): number {
  const { sentAt, steps } = window
  if (!window.isSorted) sentAt.sort((left, right) => left - right)
  window.isSorted = true
  let unknown = 0
  for (const step of steps.values()) {
    for (const due of sentAt.slice(step.above, step.upTo)) for (const histogram of histogramsAt(due)) noteReceipts(step, due, histogram)
    const surplus = Math.max(0, step.upTo - Math.max(step.above, sentAt.length))
    for (const screens of step.receipts.values()) unknown += surplus * screens
  }
  steps.clear()
  return unknown
}

function noteReceipts({ receipts }: Step, due: number, histogram: Histogram): void {
  for (const [receivedAt, screens] of receipts) histogram.note(receivedAt - due, screens)
}
