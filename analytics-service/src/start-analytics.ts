import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { noPosition } from '@twofold/core/serving/assess.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createAnalytics } from './create-analytics.ts'
import { findFooting, type ServingLayer } from './find-footing.ts'
import { createLagMeter } from './lag-meter.ts'
import { openLiveFeed, type OpenLiveFeed } from './live/create-live-feed.ts'
import { measureLayers } from './measure-layers.ts'
import { type PushConfig, startPush } from './push/start-push.ts'
import { type SocketConfig, startSocketReports } from './push/start-socket-reports.ts'
import { watchLayers } from './watch-layers.ts'

export interface ServingConfig extends PushConfig, SocketConfig {
  readonly CELL_TTL_MS: number
  readonly MAX_LAG_MS: number
  readonly PARTITIONS: number
  readonly LIVE_RETENTION_MS: number
  readonly MAX_LIVE_KEYS: number
}

type Parts = Pick<ServingLayer, 'rows' | 'counters' | 'views' | 'settings'> & { readonly log: EventLog }

/** Starts the serving layer within a process and answers its routes. */
export async function startAnalytics(context: ServiceContext, { log, ...layer }: Parts, config: ServingConfig): Promise<Router[]> {
  const topics = [...new Set(layer.views.map(({ topic }) => topic))]
  const lagMeter = createLagMeter({ log, topics, clock: context.clock, sampleMs: 500 })
  await lagMeter.sample()
  lagMeter.start()
  context.onStop('lag meter', () => lagMeter.stop())
  const { CELL_TTL_MS: cellTtlMs, MAX_LAG_MS: maxLagMs } = config
  const feed = await openFeed(context, { log, ...layer }, config)
  const serving: ServingLayer = { ...layer, lagMeter, live: feed, now: context.clock.now, cellTtlMs, maxLagMs }
  startWatch(context, serving, config)
  context.health.addCheck('positions', () => refuseMissingPositions(serving))
  const push = startPush(context, { feed, layer: serving }, config)
  const sockets = startSocketReports(context, { ...push, feed, views: layer.views }, config)
  return [push.router, createAnalytics(serving), ...sockets]
}

/** Time between two looks at what nobody asked for, milliseconds. */
const watchMs = 5000

function startWatch({ metrics, logger, onStop }: ServiceContext, layer: ServingLayer, { PARTITIONS: partitions }: ServingConfig): void {
  const { views, lagMeter, live, cellTtlMs, now } = layer
  const hooks = measureLayers({ metrics, logger, views, partitions, lagMeter, live, now })
  const watch = watchLayers({ layers: layer, views, partitions, cellTtlMs, now, everyMs: watchMs, ...hooks })
  watch.start()
  onStop('layer watch', () => watch.stop())
}

/** Every process reads all updates, so no two may be in one consumer group. */
async function openFeed(context: ServiceContext, { log, ...layer }: Parts, config: ServingConfig): Promise<OpenLiveFeed> {
  const { clock, logger, metrics, newId, retry, health, onStop } = context
  const options = {
    ...layer,
    log,
    clock,
    metrics,
    maxKeys: config.MAX_LIVE_KEYS,
    partitions: config.PARTITIONS,
    retentionMs: config.LIVE_RETENTION_MS,
    group: `analytics-service-${newId()}`,
    onWarning: (message: string, fields: Readonly<Record<string, unknown>>) => logger.warn(message, fields),
  }
  const feed = await retry(() => openLiveFeed(options))
  onStop('live feed', () => feed.close())
  health.addCheck('live', async () => {
    if (!feed.isReady) throw new Error('the updates since the start are still being read')
  })
  return feed
}

/** Before the speed layer has opened every partition, no answer can be complete. */
async function refuseMissingPositions(layer: ServingLayer): Promise<void> {
  const footings = await Promise.all(layer.views.map(async (view) => ({ view, ...(await findFooting(layer, view, undefined)) })))
  const missing = footings.flatMap(({ view, missing: parts }) => parts.filter((part) => part.endsWith(noPosition)).map((part) => `${view.name} ${part}`))
  if (missing.length > 0) throw new Error(missing.join(', '))
}
