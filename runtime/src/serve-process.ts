import { Router } from 'express'
import { type Access, createAccess } from './access.ts'
import { allowOrigin, createCorsRouter } from './allow-origin.ts'
import { systemClock } from './clock.ts'
import { type doorFields, isLoopback } from './door-settings.ts'
import { createGuard, refuseKeysInUrls, requireScope } from './guard-requests.ts'
import { createHealthRouter, type Health } from './health.ts'
import { createHttpApp, type HttpListener, listen } from './http-server.ts'
import type { Logger } from './logger.ts'
import { createMetricsRouter, type Metrics } from './metrics.ts'
import type { OnStop } from './run-process.ts'
import { createRefusals, type NoteRefusal } from './refusals.ts'
import { traceHttp } from './trace-http.ts'
import type { Tracing } from './tracing.ts'
import { readTlsFiles, type TlsFiles, type TlsMaterial, watchTlsFiles } from './tls-files.ts'
import type { z } from 'zod'

/** What a process that listens is told of its door. */
export type DoorConfig = {
  readonly HOST: string
  readonly PORT: number
  /** Only of a service that has something to read. */
  readonly CORS_ORIGINS?: readonly string[]
} & z.output<z.ZodObject<typeof doorFields>>

export interface Door {
  readonly access: Access
  readonly noteRefusal: NoteRefusal
}

interface ServeParts {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly health: Health
}

/** Who may come in. */
export function createDoor(config: Pick<DoorConfig, 'API_KEYS'>, { logger, metrics }: Pick<ServeParts, 'logger' | 'metrics'>): Door {
  const noteRefusal = createRefusals(metrics, logger, systemClock)
  return { access: createAccess({ keys: config.API_KEYS, onRefused: noteRefusal }), noteRefusal }
}

export interface ServeOptions extends ServeParts {
  readonly config: DoorConfig
  readonly door: Door
  readonly tracing: Tracing
  /** The service's own routes. */
  readonly router: Router
  /** Those among them that need no key, or look at it themselves. */
  readonly openPaths: readonly string[]
  /** Those that pages of allowed origins may read. */
  readonly readablePaths: readonly string[]
  readonly onStop: OnStop
}

const docsPaths = ['/docs', '/openapi.json']

/**
 * Serves a process: its health to everybody, its metrics to whoever has the scope `admin`, and its routes to whoever
 * may use them. With METRICS_PORT health and metrics have a port of their own, for those within who watch.
 */
export async function serveProcess(options: ServeOptions): Promise<HttpListener> {
  const { config, door, logger, metrics } = options
  if (config.METRICS_PORT !== undefined) await serveWatchers(options, config.METRICS_PORT)
  const isHttps = config.TLS_CERT_FILE !== undefined
  if (!door.access.isOn && !isLoopback(config.HOST)) {
    logger.warn('nobody needs a key: whoever reaches this port may do everything', { host: config.HOST, publishedAt: config.PUBLISHED_AT })
  }
  return listenAtDoor(createHttpApp({ logger, metrics, isHttps, noteRefusal: door.noteRefusal, routers: routersOf(options) }), options)
}

/** Health is not counted in the rate: who looks whether the process lives may share an address with who floods it. */
function routersOf({ config, door, router, metrics, tracing, health, ...options }: ServeOptions): Router[] {
  const { access, noteRefusal } = door
  const ownPaths = config.METRICS_PORT === undefined ? ['/metrics'] : []
  const openPaths = [...docsPaths, ...ownPaths, ...options.openPaths]
  return [
    Router().use(refuseKeysInUrls(access)),
    // Before anybody is refused: a page shall be able to read why.
    createCorsRouter(allowOrigin(config.CORS_ORIGINS ?? []), options.readablePaths),
    createHealthRouter(health, { tellsReasons: !access.isOn }),
    createGuard({ access, rateLimit: config.RATE_LIMIT, openPaths, noteRefusal }),
    ...ownPaths.map((path) => Router().get(path, requireScope(access, 'admin')).use(createMetricsRouter(metrics))),
    // Behind the guard: who is refused makes no spans.
    Router().use(traceHttp(tracing)),
    router,
  ]
}

/** Those within, who watch. */
async function serveWatchers({ config, door, logger, metrics, health, onStop }: ServeOptions, port: number): Promise<void> {
  const routers = [createHealthRouter(health, { tellsReasons: true }), createMetricsRouter(metrics)]
  const { noteRefusal } = door
  const watcher = await listen(createHttpApp({ logger, metrics, routers, noteRefusal }), { host: config.HOST, port, ...limitsOf(config), noteRefusal })
  onStop('metrics', () => watcher.close(500))
  logger.info('listening for those who watch', { url: watcher.url })
}

function limitsOf({ MAX_CONNECTIONS: maxConnections, REQUEST_TIMEOUT_MS: requestTimeoutMs }: DoorConfig) {
  return { maxConnections, requestTimeoutMs }
}

async function listenAtDoor(app: Parameters<typeof listen>[0], options: ServeOptions): Promise<HttpListener> {
  const { config, door } = options
  const files = tlsFilesOf(config)
  const tls = files && readTlsFiles(files)
  const listener = await listen(app, {
    host: config.HOST,
    port: config.PORT,
    tls,
    ...limitsOf(config),
    noteRefusal: door.noteRefusal,
  })
  if (files && tls) keepTlsFresh(listener, files, tls, options)
  return listener
}

function tlsFilesOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: DoorConfig): TlsFiles | undefined {
  return certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined
}

/** Certificates live shorter than processes: a new one is taken up where the old one was. */
function keepTlsFresh(listener: HttpListener, files: TlsFiles, first: TlsMaterial, { logger, metrics, onStop }: ServeOptions): void {
  const gauge = metrics.gauge({ name: 'tls_certificate_expires_at_seconds', help: "When the service's own certificate ends." })
  const tell = ({ expiresAt }: TlsMaterial): void => {
    gauge.set(expiresAt / 1000)
    if (expiresAt <= systemClock.now()) logger.error('the certificate has expired', { expiresAt: new Date(expiresAt).toISOString() })
  }
  tell(first)
  const stop = watchTlsFiles(files, first, {
    onRenewed(tls) {
      listener.renewTls(tls)
      logger.info('the certificate was renewed', { expiresAt: new Date(tls.expiresAt).toISOString() })
      tell(tls)
    },
    onError: (error) => logger.error('the new certificate can not be used; the old one stays', { error }),
  })
  onStop('certificate', stop)
}
