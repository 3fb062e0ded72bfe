import type { Correction } from '@twofold/core/live/report.ts'
import { updatesPartitionOf } from '@twofold/core/live/updates.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { Window } from '@twofold/core/views/windows.ts'
import type { LiveKnowledge } from '../find-footing.ts'
import type { CorrectionsQuestion, LiveChanges, LiveFeed } from './live-feed.ts'
import type { LivePartition } from './live-partition.ts'
import { changesIn, correctionOf, rowOf } from './live-rows.ts'

/** Each partition of the updates, and where it began to be read: nothing can be told of what lies before. */
export type LivePartitions = Map<number, { readonly live: LivePartition; readonly begin: number }>

export function windowOf(view: View, name: string): Window {
  return view.windows.find((window) => window.name === name)!
}

/** What can be told of what is held, in the order of all partitions together. `count`: how many the topic has, opened or not. */
export function createLiveAnswers(partitions: LivePartitions, count: number): Pick<LiveFeed, 'snapshot' | 'changesSince' | 'corrections'> & LiveKnowledge {
  const liveViewsOf = (view: View) => [...partitions.values()].map(({ live }) => live.liveViewOf(view))
  return {
    snapshot(view, name, keys) {
      const rows = liveViewsOf(view).flatMap((liveView) => {
        return liveView.current(windowOf(view, name), keys).map((report) => rowOf(report, liveView.valueOf(report)))
      })
      return rows.sort((left, right) => (left.from ?? 0) - (right.from ?? 0))
    },
    changesSince(view, name, since, keys) {
      const window = windowOf(view, name)
      const changes: LiveChanges[] = []
      for (const [number, { live, begin }] of partitions) {
        const place = since[number]
        const found = place === undefined || place < begin ? undefined : changesIn(live, view, { window, since: place, keys })
        if (!found) return undefined
        changes.push(found)
      }
      return { rows: changes.flatMap(({ rows }) => rows), corrections: changes.flatMap(({ corrections }) => corrections) }
    },
    corrections(view, question) {
      const windows = view.windows.filter(({ name }) => question.window === undefined || name === question.window)
      const found = liveViewsOf(view).flatMap((liveView) => windows.flatMap((window) => newestOf(liveView.corrections(window), question)))
      const newest = found.sort((left, right) => right.correctedAt - left.correctedAt).slice(0, question.limit)
      return newest.map((correction) => ({ ...correctionOf(correction), window: correction.report.window.name }))
    },
    processedUntil(view) {
      const times = liveViewsOf(view).map(({ watermark }) => watermark.time)
      return times.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...times)
    },
    revisionOf(view, key, range) {
      return partitions.get(updatesPartitionOf(view.name, key, count))?.live.liveViewOf(view).revisionOf(key, range) ?? 0
    },
  }
}

/** Looks at no more than it takes: there may be very many. */
function newestOf(corrections: readonly Correction[], { keys, limit }: CorrectionsQuestion): Correction[] {
  const found: Correction[] = []
  for (let at = corrections.length - 1; at >= 0 && found.length < limit; at--) {
    if (keys?.has(corrections[at]!.report.key) ?? true) found.push(corrections[at]!)
  }
  return found
}
