import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { noPosition } from '@twofold/core/serving/assess.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createAnalytics } from './create-analytics.ts'
import { findFooting, type ServingLayer } from './find-footing.ts'
import { createLagMeter } from './lag-meter.ts'

export interface ServingConfig {
  readonly CELL_TTL_MS: number
  readonly MAX_LAG_MS: number
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
  const serving: ServingLayer = { ...layer, lagMeter, now: context.clock.now, cellTtlMs, maxLagMs }
  context.health.addCheck('positions', () => refuseMissingPositions(serving))
  return [createAnalytics(serving)]
}

/** Before the speed layer has opened every partition, no answer can be complete. */
async function refuseMissingPositions(layer: ServingLayer): Promise<void> {
  const footings = await Promise.all(layer.views.map(async (view) => ({ view, ...(await findFooting(layer, view, undefined)) })))
  const missing = footings.flatMap(({ view, missing: parts }) => parts.filter((part) => part.endsWith(noPosition)).map((part) => `${view.name} ${part}`))
  if (missing.length > 0) throw new Error(missing.join(', '))
}
