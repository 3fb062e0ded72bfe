import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import express, { type Application, type ErrorRequestHandler, type RequestHandler, type Router } from 'express'
import { allowedMethods } from './allowed-methods.ts'
import { answerClientErrors } from './client-errors.ts'
import { trackConnections } from './connections.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { observeHttp } from './observe-http.ts'
import { HttpProblem, problemOf, sendProblem } from './problem.ts'
import type { NoteRefusal } from './refusals.ts'
import { securityHeaders } from './security-headers.ts'
import type { TlsMaterial } from './tls-files.ts'

export interface HttpAppOptions {
  readonly logger: Logger
  /** Whether clients come over TLS, and are to stay with it. */
  readonly isHttps?: boolean
  readonly metrics: Metrics
  /** Told of requests that were refused for safety. */
  readonly noteRefusal?: NoteRefusal
  /** Tried in this order; a router that is to answer below a prefix too is listed twice. */
  readonly routers: readonly (Router | { readonly path: string; readonly router: Router })[]
}

/** One app for all routers of a process. What no router answers, and what they throw, becomes a problem, never HTML. */
export function createHttpApp(options: HttpAppOptions): Application {
  const { logger, metrics, routers, isHttps = false, noteRefusal = () => {} } = options
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple') // repeated names become lists; no nested objects from a query
  app.use(observeHttp(metrics))
  app.use(securityHeaders({ isHttps }))
  for (const mount of routers) {
    if ('router' in mount) app.use(mount.path, mount.router)
    else app.use(mount)
  }
  app.use(refuseUnanswered(app))
  app.use(answerErrors(logger, noteRefusal))
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

function answerErrors(logger: Logger, noteRefusal: NoteRefusal): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, req, res, _next) => {
    const problem = problemOf(error)
    const { status, refusal } = problem.fields
    if (refusal !== undefined) noteRefusal(refusal, { method: req.method, path: req.path })
    // A 503 that was meant is no fault: ten thousand readers who come back to a starting process would fill the log with it.
    const level = error instanceof HttpProblem && status === 503 ? 'debug' : 'error'
    if (status >= 500) logger[level]('request failed', { method: req.method, path: req.path, status, error })
    sendProblem(res, problem)
  }
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly keepAliveTimeoutMs?: number
  /** More than these are closed at once. */
  readonly maxConnections?: number
  /** Speaks HTTPS, and nothing else. */
  readonly tls?: TlsMaterial | undefined
  readonly noteRefusal?: NoteRefusal
}

export interface HttpListener {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** For the connections from now on. Only of a listener that has TLS. */
  renewTls(tls: TlsMaterial): void
  /** Stops accepting, closes idle connections, waits for running requests, and after `graceMs` ends those too. */
  close(graceMs?: number): Promise<void>
}

/** Serves the app. Rejects if the address can't be had. */
export async function listen(app: Application, options: ListenOptions): Promise<HttpListener> {
  const { host, port, tls, maxConnections, noteRefusal = () => {} } = options
  const server = createServerFor(options)
  if (maxConnections !== undefined) server.maxConnections = maxConnections
  const connections = trackConnections(server)
  answerClientErrors(server, noteRefusal)
  server.on('request', app)
  server.listen(port, host)
  await once(server, 'listening') // rejects on 'error'
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `${tls ? 'https' : 'http'}://${name}:${address.port}`,
    port: address.port,
    server,
    renewTls: (renewed) => (server as SecureServer).setSecureContext(renewed),
    close: (graceMs = 3000) => connections.close(graceMs),
  }
}

function createServerFor({ tls, ...options }: ListenOptions): Server {
  const { requestTimeoutMs = 30_000, headersTimeoutMs = Math.min(10_000, requestTimeoutMs), keepAliveTimeoutMs = 65_000 } = options
  const settings = {
    shouldUpgradeCallback: (req: IncomingMessage): boolean => isWebSocket(req) && server.listenerCount('upgrade') > 0,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs, // longer than the 60 s of common load balancers, which then close first
    connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
  }
  const server: Server = tls ? createSecureServer({ ...settings, ...tls, handshakeTimeout: headersTimeoutMs }) : createServer(settings)
  return server
}

/** Once somebody listens for upgrades, Node would hand over every one of them: also the HTTP/2 that a client only offers. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
