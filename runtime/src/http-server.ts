import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Application, type ErrorRequestHandler, type RequestHandler, type Router } from 'express'
import { allowedMethods } from './allowed-methods.ts'
import { trackConnections } from './connections.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { observeHttp } from './observe-http.ts'
import { HttpProblem, problemOf, sendProblem } from './problem.ts'

export interface HttpAppOptions {
  readonly logger: Logger
  readonly metrics: Metrics
  /** Tried in this order; a router that is to answer below a prefix too is listed twice. */
  readonly routers: readonly (Router | { readonly path: string; readonly router: Router })[]
}

/** One app for all routers of a process. What no router answers, and what they throw, becomes a problem, never HTML. */
export function createHttpApp({ logger, metrics, routers }: HttpAppOptions): Application {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple') // repeated names become lists; no nested objects from a query
  app.use(observeHttp(metrics))
  for (const mount of routers) {
    if ('router' in mount) app.use(mount.path, mount.router)
    else app.use(mount)
  }
  app.use(refuseUnanswered(app))
  app.use(answerErrors(logger))
  return app
}

function refuseUnanswered(app: Application): RequestHandler {
  return (req) => {
    const allowed = allowedMethods(app, req.path)
    if (allowed.length === 0 || allowed.includes(req.method)) throw new HttpProblem({ status: 404 })
    const detail = `this path takes ${allowed.join(', ')}`
    throw new HttpProblem({ status: 405, detail, headers: { Allow: allowed.join(', ') } })
  }
}

function answerErrors(logger: Logger): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, req, res, _next) => {
    const problem = problemOf(error)
    const { status } = problem.fields
    if (status >= 500) logger.error('request failed', { method: req.method, path: req.path, status, error })
    sendProblem(res, problem)
  }
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly keepAliveTimeoutMs?: number
}

export interface HttpListener {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Stops accepting, closes idle connections, waits for running requests, and after `graceMs` ends those too. */
  close(graceMs?: number): Promise<void>
}

/** Serves the app. Rejects if the address can't be had. */
export async function listen(app: Application, options: ListenOptions): Promise<HttpListener> {
  const { host, port, headersTimeoutMs = 10_000, requestTimeoutMs = 30_000, keepAliveTimeoutMs = 65_000 } = options
  const server: Server = createServer({
    shouldUpgradeCallback: (req) => isWebSocket(req) && server.listenerCount('upgrade') > 0,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs, // longer than the 60 s of common load balancers, which then close first
    connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
  })
  const connections = trackConnections(server)
  server.on('request', app)
  server.listen(port, host)
  await once(server, 'listening') // rejects on 'error'
  const address = server.address() as AddressInfo
  const url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
  return { url, port: address.port, server, close: (graceMs = 3000) => connections.close(graceMs) }
}

/** Once somebody listens for upgrades, Node would hand over every one of them: also the HTTP/2 that a client only offers. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
