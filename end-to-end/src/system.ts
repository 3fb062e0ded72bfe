import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCounterStore, openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { services as everyService } from '@twofold/scripts/services.ts'
import { freePort } from './free-port.ts'
import { type ServiceProcess, startProcess } from './child-process.ts'

/** Slices of a second, so that a story sees several boundaries. */
export const sliceMs = 1000
export const dedupHorizonMs = 5000

/** The whole system as its users see it, and the means to break it. */
export interface System {
  /** Names of the processes. */
  readonly services: readonly string[]
  readonly ingestUrl: string
  readonly analyticsUrl: string
  readonly processorUrl: string
  urlOf(service: string): string
  /** Settings that every process has. */
  readonly env: Readonly<Record<string, string>>
  process(service: string): ServiceProcess
  /** kill -9. */
  kill(service: string): Promise<void>
  start(service: string): Promise<void>
  /** Everything that a test wants to see behind the services. Closed with the system. */
  openStores(): Promise<Stores>
  close(): Promise<void>
}

export interface Stores {
  readonly log: EventLog
  readonly counters: CounterStore
  readonly rows: RowStore
}

/** Where the stores of a system are. */
export interface StoreUrls {
  readonly EVENT_LOG_URL: string
  readonly COUNTER_STORE_URL: string
  readonly ROW_STORE_URL: string
}

interface Service {
  readonly script: string
  readonly port: number
}

/** Everything in one process on SQLite files, as `npm start` runs it, and beside it a process for each of the `replicas`: `<name>-2`. */
export async function startEmbedded(
  env: Readonly<Record<string, string>> = {},
  script = 'scripts/start.ts',
  replicas: readonly string[] = [],
): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-'))
  const urls = {
    EVENT_LOG_URL: `sqlite:${folder}/log.db`,
    COUNTER_STORE_URL: `sqlite:${folder}/counters.db`,
    ROW_STORE_URL: `sqlite:${folder}/rows.db`,
  }
  const services = { twofold: { script, port: await freePort() }, ...(await replicasOf(replicas)) }
  const system = await startSystem(services, urls, { DATA_DIR: folder, ...env })
  return {
    ...system,
    async close() {
      await system.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A process for every service, on the servers given, and a second one for the `replicas` among them: `<name>-2`. */
export async function startDistributed(
  urls: StoreUrls,
  env: Readonly<Record<string, string>> = {},
  replicas: readonly string[] = [],
): Promise<System> {
  const services: Record<string, Service> = {}
  for (const { name } of everyService) services[name] = { script: `${name}/src/main.ts`, port: await freePort() }
  return startSystem({ ...services, ...(await replicasOf(replicas)) }, urls, env)
}

async function replicasOf(names: readonly string[]): Promise<Record<string, Service>> {
  const services: Record<string, Service> = {}
  for (const name of names) services[`${name}-2`] = { script: `${name}/src/main.ts`, port: await freePort() }
  return services
}

async function startSystem(
  services: Readonly<Record<string, Service>>,
  urls: StoreUrls,
  extra: Readonly<Record<string, string>>,
): Promise<System> {
  const processes = new Map<string, ServiceProcess>()
  const stores: (() => Promise<void>)[] = []
  const env = {
    SLICE_MS: String(sliceMs),
    DEDUP_HORIZON_MS: String(dedupHorizonMs),
    BATCH_CRON: '*/2 * * * * *',
    LOG_LEVEL: 'info',
    ...urls,
    ...extra,
  }
  const urlOf = (name: string): string => `http://127.0.0.1:${(services[name] ?? services['twofold'])!.port}`
  const start = async (name: string): Promise<void> => {
    const { script, port } = services[name]!
    processes.set(name, startProcess(script, { ...env, PORT: String(port) }))
    await awaitReady(name, urlOf(name), processes.get(name)!)
  }
  const system: System = {
    services: Object.keys(services),
    ingestUrl: urlOf('ingest'),
    analyticsUrl: urlOf('analytics-service'),
    processorUrl: urlOf('stream-processor'),
    env,
    urlOf,
    process: (name) => processes.get(name)!,
    async kill(name) {
      await processes.get(name)!.end('SIGKILL')
    },
    start,
    async openStores() {
      const opened = await openStores(urls)
      stores.push(async () => {
        await Promise.all([opened.log.close(), opened.counters.close(), opened.rows.close()])
      })
      return opened
    },
    async close() {
      for (const close of stores) await close()
      for (const running of processes.values()) running.signal('SIGCONT')
      await Promise.all([...processes.values()].map((running) => running.end('SIGTERM')))
    },
  }
  await Promise.all(Object.keys(services).map(start))
  return system
}

async function openStores(urls: StoreUrls): Promise<Stores> {
  const surroundings = { now: () => Date.now(), logger: silentLogger }
  const log = await openEventLog(urls.EVENT_LOG_URL, surroundings)
  const counters = await openCounterStore(urls.COUNTER_STORE_URL, 86_400_000, surroundings)
  const rows = await openRowStore(urls.ROW_STORE_URL, events.map(rawTableOf), surroundings)
  return { log, counters, rows }
}

async function awaitReady(name: string, url: string, running: ServiceProcess): Promise<void> {
  const deadline = Date.now() + 60_000
  let exitCode: number | null | undefined
  void running.ended().then((code) => (exitCode = code))
  while (Date.now() < deadline && exitCode === undefined) {
    const response = await fetch(`${url}/readyz`).catch(() => null)
    if (response?.ok) return
    await sleep(100)
  }
  throw new Error(`${name} is not ready (exit code ${exitCode}):\n${running.output()}`)
}
