import type { View } from '@twofold/core/views/view.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import type { LiveFeed } from '../live/live-feed.ts'
import { createSocketReports, type SocketReportsOptions } from './socket-reports.ts'
import type { Ticker } from './ticker.ts'

export interface SocketConfig {
  readonly MAX_SOCKETS: number
  readonly MAX_ROOMS: number
}

/** Paths whose clients are asked for their key here: they may show it later than with the first request. */
export const socketPaths = ['/socket.io']

interface Parts extends Pick<SocketReportsOptions, 'isAllowedOrigin'> {
  readonly feed: LiveFeed
  readonly ticker: Ticker
  readonly views: readonly View[]
}

/** Starts socket.io on the service's port and answers its routes: none when there is no view of likes to report on. */
export function startSocketReports(context: ServiceContext, { views, ...parts }: Parts, config: SocketConfig): Router[] {
  const view = views.find(({ name }) => name === 'likes')
  if (!view) return []
  const { logger, metrics, clock, signal } = context
  const reports = createSocketReports({
    ...parts,
    view,
    access: context.access,
    noteRefusal: context.noteRefusal,
    maxSockets: config.MAX_SOCKETS,
    maxRooms: config.MAX_ROOMS,
    elapsed: clock.elapsed,
    logger,
    metrics,
  })
  context.attach(reports.attach)
  signal.addEventListener('abort', reports.close, { once: true })
  return [reports.router]
}
