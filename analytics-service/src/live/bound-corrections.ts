import type { LiveView } from '@twofold/core/live/live-view.ts'

/** Forgets the oldest half of all corrections when there are more than `most`. */
export function boundCorrections(liveViews: readonly LiveView[], most: number): void {
  const lists = liveViews.flatMap((liveView) => liveView.view.windows.map((window) => liveView.corrections(window)))
  if (lists.reduce((sum, { length }) => sum + length, 0) <= most) return
  const times = lists.flatMap((corrections) => corrections.map(({ correctedAt }) => correctedAt)).sort((left, right) => left - right)
  const newestForgotten = times.at(-Math.floor(most / 2) - 1)!
  for (const liveView of liveViews) liveView.forgetCorrections(newestForgotten + 1)
}
