import type { z } from 'zod'
import { retry } from './backoff.ts'
import { type MonotonicClock, systemClock } from './clock.ts'
import { readConfig } from './config.ts'
import type { Environment } from './environment.ts'
import { createHealth, createHealthRouter, type Health } from './health.ts'
import { createHttpApp, type HttpAppOptions, listen } from './http-server.ts'
import { createLogger, type Logger } from './logger.ts'
import { createMetrics, createMetricsRouter, type Metrics } from './metrics.ts'
import { type OnStop, runProcess } from './run-process.ts'
import { logLevelOf } from './settings.ts'

/** Something that was opened: it can be asked whether it works, and closed. */
export interface Opened {
  ping(): Promise<void>
  close(): Promise<void>
}

/** What a service gets from its process. */
export interface ServiceContext {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly health: Health
  readonly clock: MonotonicClock
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
}

type Routers = HttpAppOptions['routers']

export interface ServiceOptions<Schema extends z.ZodObject> {
  readonly name: string
  readonly schema: Schema
  readonly env: Environment
  /** Starts the service and answers its routes; null for a process that serves no HTTP. */
  readonly start: (context: ServiceContext, config: Readonly<z.output<Schema>>) => Promise<Routers | null>
  /** Called with the address once the routes are served. */
  readonly onListening?: (url: string, context: ServiceContext) => void
}

/** The process of one service, or of all of them: configuration, logger, metrics, health, HTTP, and an orderly end. */
export async function runService<Schema extends z.ZodObject>(options: ServiceOptions<Schema>): Promise<void> {
  const { name, schema, env, start } = options
  const logger = createLogger({ service: name, level: logLevelOf(env) })
  const health = createHealth()
  await runProcess({
    logger,
    drain: () => health.drain(),
    start: async (onStop, signal, stop) => {
      const config = readConfig(schema, env)
      const context = createContext({ logger, health, metrics: createMetrics({ service: name }), onStop, signal, stop })
      const routers = await start(context, config)
      const url = routers ? await serve(context, routers, config) : undefined
      if (url !== undefined) options.onListening?.(url, context)
    },
  })
}

async function serve(context: ServiceContext, routers: Routers, config: Readonly<Record<string, unknown>>): Promise<string> {
  const { logger, metrics, health, onStop } = context
  const app = createHttpApp({ logger, metrics, routers: [...routers, createHealthRouter(health), createMetricsRouter(metrics)] })
  const listener = await listen(app, { host: String(config['HOST']), port: Number(config['PORT']) })
  onStop('http', () => listener.close())
  logger.info('listening', { url: listener.url })
  return listener.url
}

type Given = Pick<ServiceContext, 'logger' | 'health' | 'metrics' | 'onStop' | 'signal' | 'stop'>

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
    fail(error) {
      // Nobody catches it, which is what ends the process.
      void Promise.reject(error instanceof Error ? error : new Error(String(error)))
    },
    retry: retryUntilStopped,
    async open(name, open) {
      const store = await retryUntilStopped(open)
      health.addCheck(name, () => store.ping())
      onStop(name, () => store.close())
      return store
    },
  }
}
