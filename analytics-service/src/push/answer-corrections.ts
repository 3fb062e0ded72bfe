import type { View } from '@twofold/core/views/view.ts'
import type { LiveFeed } from '../live/live-feed.ts'
import { answerCorrection } from './frames.ts'
import type { CorrectionsQuery } from './parse-stream-query.ts'

/** The newest corrections of a view, newest first, as far as they are remembered. */
export function answerCorrections(feed: LiveFeed, view: View, query: CorrectionsQuery) {
  const corrections = feed.corrections(view, query).map((correction) => {
    const { key, from, until, revision, value, previous, correctedAt } = answerCorrection(correction)
    return { key, window: correction.window, from, until, revision, previous, value, correctedAt }
  })
  return { view: view.name, version: view.version, corrections }
}
