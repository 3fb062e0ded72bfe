import { allowOrigin, type AllowOrigin } from '@twofold/runtime/allow-origin.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { provenanceOf } from '../answer-view.ts'
import { findFooting, type ServingLayer } from '../find-footing.ts'
import type { LiveFeed } from '../live/live-feed.ts'
import { createPush } from './create-push.ts'
import { createStreams } from './create-streams.ts'
import { rememberProvenance } from './remember-provenance.ts'
import { streamLimits } from './stream-limits.ts'
import { createStreamMeter, measurePublishing } from './stream-meter.ts'
import { createTicker, type Ticker } from './ticker.ts'
import { tracePublishing } from './trace-publishing.ts'
import { warnRarely } from './warn-rarely.ts'

export interface PushConfig {
  readonly CORS_ORIGINS: readonly string[]
  readonly MAX_STREAMS: number
}

interface Parts {
  readonly feed: LiveFeed
  readonly layer: ServingLayer
}

export interface StartedPush {
  readonly router: Router
  /** For whoever else publishes what the feed tells. */
  readonly ticker: Ticker
  readonly isAllowedOrigin: AllowOrigin
}

/** Every path that pages of other origins may read, of the pull side too. */
export const readablePaths = ['/analytics', '/views', '/views/:name', '/views/:name/stream', '/views/:name/corrections', '/events']

/** Starts to publish what the feed tells, and answers the routes for it. When the process stops, all streams end at once. */
export function startPush(context: ServiceContext, { feed, layer }: Parts, config: PushConfig): StartedPush {
  const { logger, metrics, signal } = context
  const { elapsed } = context.clock
  const measure = measurePublishing(metrics)
  const trace = tracePublishing(context)
  const warn = warnRarely({ logger, elapsed })
  const ticker = createTicker({
    feed,
    elapsed,
    onPublished(view, durationMs, published) {
      measure(view, durationMs)
      trace(view, published)
    },
    onError: (fault) => warn('a window could not be published', fault),
  })
  const provenance = rememberProvenance({
    find: async (view) => provenanceOf(await findFooting(layer, view, undefined)),
    elapsed,
    onError: (error) => logger.warn('live answers can not tell where they come from', { error }),
  })
  const streams = createStreams({
    feed,
    ticker,
    provenance,
    elapsed,
    limits: streamLimits,
    meter: createStreamMeter(metrics),
    onError: (fault) => warn('streams were ended: their windows can not be read or written', fault),
    maxStreams: config.MAX_STREAMS,
  })
  signal.addEventListener('abort', () => streams.stop(), { once: true })
  const isAllowedOrigin = allowOrigin(config.CORS_ORIGINS)
  return { router: createPush({ views: layer.views, feed, streams, isAllowedOrigin }), ticker, isAllowedOrigin }
}
