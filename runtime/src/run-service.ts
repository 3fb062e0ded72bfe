import type { Server } from 'node:http'
import { Router } from 'express'
import type { z } from 'zod'
import { retry } from './backoff.ts'
import { type MonotonicClock, systemClock } from './clock.ts'
import type { Access } from './access.ts'
import { readConfig } from './config.ts'
import { checkDoor } from './door-settings.ts'
import type { Environment } from './environment.ts'
import { createHealth, type Health } from './health.ts'
import type { HttpAppOptions } from './http-server.ts'
import { createLogger, type Logger } from './logger.ts'
import { type IdSource, uuidv7 } from './ids.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { HttpProblem } from './problem.ts'
import type { NoteRefusal } from './refusals.ts'
import { type OnStop, runProcess } from './run-process.ts'
import { createDoor, type Door, type DoorConfig, serveProcess } from './serve-process.ts'
import { logLevelOf } from './settings.ts'
import { checkStoreSecurity } from './store-settings.ts'
import type { Tracing } from './tracing.ts'
import { openTracing } from './tracing-export.ts'

/** Something that was opened: it can be asked whether it works, and closed. */
export interface Opened {
  ping(): Promise<void>
  close(): Promise<void>
}

/** What a service gets from its process. */
export interface ServiceContext {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly health: Health
  readonly clock: MonotonicClock
  readonly newId: IdSource
  /** Aborts when the process stops. */
  readonly signal: AbortSignal
  readonly onStop: OnStop
  /** The work is done: the process ends in order. */
  readonly stop: () => void
  /** The service can't go on: the process ends with 1, and its supervisor starts it again. */
  readonly fail: (error: unknown) => void
  /** Waits for what is worth waiting for, with growing pauses, until it works or the process stops. */
  readonly retry: <Result>(action: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>
  /** Opens a store: waits until it can be reached, names it in `/readyz`, and closes it at the end. */
  readonly open: <Store extends Opened>(name: string, open: () => Promise<Store>) => Promise<Store>
  /**
   * For a part that speaks another protocol on the service's port: called with the HTTP server when the routes are
   * served, so that nobody gets in earlier by another door. To stop in order, the part closes its connections when
   * `signal` aborts: the port is closed after that, before anything that `onStop` names. A job has no server.
   */
  readonly attach: (use: (server: Server) => void) => void
  /** Who may do what, for a part that is asked otherwise than by ordinary requests. */
  readonly access: Access
  /** For such a part to say whom it refused. */
  readonly noteRefusal: NoteRefusal
}

type Routers = HttpAppOptions['routers']

export interface ServiceOptions<Schema extends z.ZodObject> {
  readonly name: string
  readonly schema: Schema
  readonly env: Environment
  /** Starts the service and answers its routes. */
  readonly start: (context: ServiceContext, config: Readonly<z.output<Schema>>) => Promise<Routers>
  /** Called with the address once the routes are served. */
  readonly onListening?: (url: string) => void
  /** Paths of its routes that need no key, or look at it themselves. */
  readonly openPaths?: readonly string[]
  /** Paths that pages of the origins in `CORS_ORIGINS` may read. */
  readonly readablePaths?: readonly string[]
  /** A job does its work and ends; it serves no HTTP. */
  readonly isJob?: boolean
}

/**
 * The process of one service, or of all of them: configuration, logger, metrics, health, HTTP, and an orderly end. It
 * listens before the service has started, so that `/healthz` and `/readyz` can say what it waits for.
 */
export async function runService<Schema extends z.ZodObject>(options: ServiceOptions<Schema>): Promise<void> {
  const { name, schema, env, start, isJob = false } = options
  const logger = createLogger({ service: name, level: logLevelOf(env) })
  const health = createHealth({ onChange: ({ missing }) => logger.info(missing.length > 0 ? 'not ready' : 'ready', missing.length > 0 ? { missing } : {}) })
  const checked = isJob ? schema.check(checkStoreSecurity) : schema.check(checkStoreSecurity, checkDoor)
  await runProcess({
    logger,
    drain: () => health.drain(),
    start: async (onStop, signal, stop) => {
      const config = readConfig(checked, env)
      const uses: Use[] = []
      const attach = (use: Use): void => void uses.push(use)
      const metrics = createMetrics({ service: name })
      const door = createDoor(config as unknown as DoorConfig, { logger, metrics })
      const tracing = await openTracing(name, config, logger)
      onStop('traces', () => tracing.close())
      const context = createContext({ logger, tracing, health, metrics, onStop, signal, stop, attach, ...door })
      if (isJob) await start(context, config)
      else await startServed(context, () => start(context, config), { ...options, config: config as unknown as DoorConfig, door, uses })
    },
  })
}

type Use = (server: Server) => void

interface Served extends Pick<ServiceOptions<z.ZodObject>, 'onListening' | 'openPaths' | 'readablePaths'> {
  readonly config: DoorConfig
  readonly door: Door
  /** What is attached once the routes are served. */
  readonly uses: readonly Use[]
}

async function startServed(context: ServiceContext, start: () => Promise<Routers>, served: Served): Promise<void> {
  const { logger, metrics, tracing, health, onStop } = context
  const { uses, onListening, openPaths = [], readablePaths = [], ...rest } = served
  const gate = createGate()
  health.addCheck('process', async () => gate.refuseUnopened())
  const listener = await serveProcess({ ...rest, logger, metrics, tracing, health, onStop, router: gate.router, openPaths, readablePaths })
  try {
    gate.open(await start())
    for (const use of uses) use(listener.server)
  } finally {
    // Named last, it stops first: what was accepted is finished while the stores are still there.
    onStop('http', () => listener.close())
  }
  logger.info('listening', { url: listener.url })
  onListening?.(listener.url)
}

/** The service's routes, or 503 until they are there. */
function createGate(): { router: Router; open(routers: Routers): void; refuseUnopened(): void } {
  const router = Router()
  let isOpen = false
  const refuseUnopened = (): void => {
    if (!isOpen) throw new HttpProblem({ status: 503, detail: 'the service is starting', headers: { 'Retry-After': '2' } })
  }
  router.use((_req, _res, next) => {
    refuseUnopened()
    next()
  })
  return {
    router,
    refuseUnopened,
    open(routers) {
      for (const mount of routers) {
        if ('router' in mount) router.use(mount.path, mount.router)
        else router.use(mount)
      }
      isOpen = true
    },
  }
}

type Given = Pick<ServiceContext, 'logger' | 'tracing' | 'health' | 'metrics' | 'onStop' | 'signal' | 'stop' | 'attach' | 'access' | 'noteRefusal'>

function createContext(given: Given): ServiceContext {
  const { logger, health, onStop, signal } = given
  const retryUntilStopped: ServiceContext['retry'] = (action, until = signal) => {
    const onRetry = ({ error, attempt, delayMs }: { error: unknown; attempt: number; delayMs: number }): void => {
      logger.warn('trying again', { error, attempt, delayMs })
    }
    return retry(action, { minMs: 50, maxMs: 2000, signal: until, onRetry })
  }
  return {
    ...given,
    clock: systemClock,
    newId: uuidv7(systemClock),
    fail(error) {
      // Nobody catches it, which is what ends the process.
      void Promise.reject(error instanceof Error ? error : new Error(String(error)))
    },
    retry: retryUntilStopped,
    async open(name, open) {
      const opened: Opened[] = []
      let reason: unknown = new Error('not opened yet')
      health.addCheck(name, async () => {
        if (opened.length === 0) throw reason
        await Promise.all(opened.map((store) => store.ping()))
      })
      const store = await retryUntilStopped(() => open().catch((error: unknown) => {
        reason = error
        throw error
      }))
      opened.push(store)
      onStop(name, () => store.close())
      return store
    },
  }
}
