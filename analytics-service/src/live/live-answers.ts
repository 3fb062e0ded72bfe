import { updatesPartitionOf } from '@twofold/core/live/updates.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { Window } from '@twofold/core/views/windows.ts'
import type { LiveKnowledge } from '../find-footing.ts'
import type { LiveChanges, LiveFeed } from './live-feed.ts'
import type { LivePartition } from './live-partition.ts'
import { changesIn, correctionOf, rowOf } from './live-rows.ts'

/** Each partition of the updates, and where it began to be read: nothing can be told of what lies before. */
export type LivePartitions = Map<number, { readonly live: LivePartition; readonly begin: number }>

const correctionsShown = 1000

export function windowOf(view: View, name: string): Window {
  return view.windows.find((window) => window.name === name)!
}

/** What can be told of what is held, in the order of all partitions together. */
export function createLiveAnswers(partitions: LivePartitions): Pick<LiveFeed, 'snapshot' | 'changesSince' | 'corrections'> & LiveKnowledge {
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
    corrections(view) {
      const all = liveViewsOf(view).flatMap((liveView) => view.windows.flatMap((window) => liveView.corrections(window)))
      const newest = all.toSorted((left, right) => right.correctedAt - left.correctedAt).slice(0, correctionsShown)
      return newest.map((correction) => ({ ...correctionOf(correction), window: correction.report.window.name }))
    },
    processedUntil(view) {
      const times = liveViewsOf(view).map(({ watermark }) => watermark.time)
      return times.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...times)
    },
    revisionOf(view, key, range) {
      return partitions.get(updatesPartitionOf(view.name, key, partitions.size))?.live.liveViewOf(view).revisionOf(key, range) ?? 0
    },
  }
}
