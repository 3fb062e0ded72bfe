import { traceHeader } from '@twofold/core/events/traceparent.ts'
import type { RequestHandler } from 'express'
import { routeOf } from './observe-http.ts'
import type { Tracing } from './tracing.ts'

/** Requests that a trace may begin with: those that bring an event. */
const methods = ['POST']

/** Traces the requests that come with a trace, and a share of the writes. Names are those of OpenTelemetry's conventions for HTTP. */
export function traceHttp(tracing: Tracing): RequestHandler {
  return (req, res, next) => {
    const { method, headers } = req
    const step = tracing.request(headers[traceHeader], methods.includes(method), { name: method, kind: 'server' })
    if (!step) return next()
    res.on('close', () => {
      const route = routeOf(req)
      const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': res.statusCode }
      step.end({ name: `${method} ${route}`, attributes, isFailed: res.statusCode >= 500 || !res.writableFinished })
    })
    step.run(next)
  }
}
