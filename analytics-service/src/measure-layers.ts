import type { ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { PublishedRun } from '@twofold/core/ports/row-store.ts'
import type { PartitionLag } from '@twofold/core/serving/assess.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { Logger } from '@twofold/runtime/logger.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { LiveKnowledge } from './find-footing.ts'
import type { LagMeter } from './lag-meter.ts'
import type { LayerWatchOptions } from './watch-layers.ts'

type Hooks = Pick<LayerWatchOptions, 'onRun' | 'onPositions' | 'onCompared' | 'onError'>

interface Measured {
  readonly metrics: Metrics
  readonly logger: Logger
  readonly views: readonly View[]
  /** Of every topic. */
  readonly partitions: number
  readonly lagMeter: Pick<LagMeter, 'lagsOf'>
  readonly live: Pick<LiveKnowledge, 'processedUntil'>
  readonly now: () => number
}

const maxKeysLogged = 5

/** The figures of both layers together: every replica of the serving layer tells the same. */
export function measureLayers(measured: Measured): Hooks {
  measureLive(measured)
  return { onRun: measureBoundary(measured), onPositions: measureLag(measured), ...measureDrift(measured) }
}

/**
 * Infinite where nobody knows since when a partition is behind, or the log can't be asked. Found at each scrape, from
 * what the counter store told last: it grows also while that store is down.
 */
function measureLag({ metrics, partitions, lagMeter }: Measured): Hooks['onPositions'] {
  const gauge = metrics.gauge({
    name: 'speed_lag_seconds',
    help: 'How long the first record that the speed layer has not processed has been in its partition; +Inf when that is not known.',
    labels: ['topic', 'partition'],
  })
  const known = new Map<View, readonly ViewPosition[]>()
  const unknown: readonly Pick<PartitionLag, 'partition' | 'lagMs'>[] = Array.from({ length: partitions }, (_, partition) => ({ partition, lagMs: null }))
  metrics.onScrape(() => {
    for (const [topic, readers] of Map.groupBy(known, ([view]) => view.topic)) {
      const lags = readers.flatMap(([, positions]) => lagMeter.lagsOf(topic, readerOf(positions)) ?? unknown)
      for (const [partition, of] of Map.groupBy(lags, (lag) => lag.partition)) {
        const lagMs = Math.max(...of.map((lag) => lag.lagMs ?? Number.POSITIVE_INFINITY))
        gauge.set({ topic, partition: String(partition) }, lagMs / 1000)
      }
    }
  })
  return (view, positions) => void known.set(view, positions ?? known.get(view) ?? [])
}

function readerOf(positions: readonly ViewPosition[]) {
  return (partition: number): ViewPosition | undefined => positions.find((position) => position.partition === partition)
}

/** It grows at each scrape, also while the row store can't be asked. */
function measureBoundary({ metrics, views, now }: Measured): Hooks['onRun'] {
  const gauge = metrics.gauge({
    name: 'boundary_age_seconds',
    help: 'Age of the boundary of a view: how far back the speed layer answers; +Inf before the first run.',
    labels: ['view'],
  })
  const newest = new Map<string, PublishedRun | null>()
  metrics.onScrape(() => {
    for (const { name: view } of views) {
      const run = newest.get(view)
      if (run !== undefined) gauge.set({ view }, run === null ? Number.POSITIVE_INFINITY : (now() - run.boundary) / 1000)
    }
  })
  return ({ name }, run) => void newest.set(name, run)
}

function measureDrift({ metrics, logger }: Measured): Pick<Hooks, 'onCompared' | 'onError'> {
  const labels = ['view'] as const
  const samples = metrics.counter({ name: 'layer_drift_samples_total', help: 'Keys on which a run was compared with the speed layer.', labels })
  const differing = metrics.gauge({ name: 'layer_drift_differing_samples', help: 'Keys on which the layers differed when they were compared last.', labels })
  return {
    onCompared({ name: view }, compared, { run, boundary }) {
      samples.inc({ view }, compared.samples)
      differing.set({ view }, compared.differing.length)
      if (compared.differing.length === 0) return
      const keys = compared.differing.slice(0, maxKeysLogged)
      logger.warn('the layers differ', { view, run, boundary: new Date(boundary).toISOString(), differing: compared.differing.length, keys })
    },
    onError: (error) => logger.debug('the layers could not be looked at', { error }),
  }
}

function measureLive({ metrics, views, live }: Measured): void {
  const gauge = metrics.gauge({
    name: 'live_processed_until_seconds',
    help: 'Event time up to which the windows of a view are closed, but for its grace.',
    labels: ['view'],
  })
  metrics.onScrape(() => {
    for (const view of views) {
      const until = live.processedUntil(view)
      if (Number.isFinite(until)) gauge.set({ view: view.name }, until / 1000)
    }
  })
}
