import type { RequestHandler, Request } from 'express'
import type { Metrics } from './metrics.ts'

/** Measures every answer, by method, route pattern (never the path: it has no bounds) and status. */
export function observeHttp(metrics: Metrics): RequestHandler {
  const durations = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labels: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  })
  return (req, res, next) => {
    const startedAt = performance.now()
    // 'close' comes also for a client that left, 'finish' does not
    res.on('close', () => {
      const labels = { method: req.method, route: routeOf(req), status: res.writableFinished ? res.statusCode : 499 }
      durations.observe(labels, (performance.now() - startedAt) / 1000)
    })
    next()
  }
}

/**
 * The pattern of the route that answered, with the path below which it is mounted: in one spelling, since a mount takes
 * all, and each would be a series that anybody can make.
 */
export function routeOf(req: Request): string {
  const route = req.route as { path: unknown } | undefined
  return route ? req.baseUrl.toLowerCase() + String(route.path) : 'unmatched'
}
