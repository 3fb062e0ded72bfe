import type { View } from '@twofold/core/views/view.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { LivePartitions } from './live-answers.ts'

/** Shows how much is held live, whenever somebody looks, and answers what counts updates that were left out. */
export function measureLive(metrics: Metrics, views: readonly View[], partitions: LivePartitions): (view: View) => void {
  const keys = metrics.gauge({ name: 'live_keys', help: 'Keys of which windows are held live, by view.', labels: ['view'] })
  const buckets = metrics.gauge({ name: 'live_buckets', help: 'Buckets of those keys.', labels: ['view'] })
  const leftOut = metrics.counter({
    name: 'live_left_out_total',
    help: 'Updates of keys that are not held live, as MAX_LIVE_KEYS are already.',
    labels: ['view'],
  })
  metrics.onScrape(() => {
    for (const view of views) {
      const liveViews = [...partitions.values()].map(({ live }) => live.liveViewOf(view))
      keys.set({ view: view.name }, liveViews.reduce((sum, { keyCount }) => sum + keyCount, 0))
      buckets.set({ view: view.name }, liveViews.reduce((sum, liveView) => sum + liveView.countBuckets(), 0))
    }
  })
  return ({ name }) => leftOut.inc({ view: name })
}
