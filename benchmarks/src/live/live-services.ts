import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { type RunningService, startService } from '../service.ts'

/** What a tap passes on its way to a screen, each in a process of its own. */
export interface LiveServices {
  readonly ingest: RunningService
  readonly analytics: RunningService
  /** Of all processes, by the name of the service. */
  readonly pids: Readonly<Record<string, number>>
  stop(): Promise<void>
}

/** Analytics first: it is what is looked at. */
const needed = ['analytics-service', 'stream-processor', 'ingest'] as const
const batchLayer = ['transactional-service', 'batch-processor']

/** Starts one process of each service; with the batch layer when the whole system is asked for. */
export async function startLiveServices(urls: StoreUrls, isWhole: boolean): Promise<LiveServices> {
  const started = new Map<string, RunningService>()
  const stop = async (): Promise<void> => {
    for (const service of [...started.values()].reverse()) await service.stop()
  }
  try {
    for (const name of [...needed, ...(isWhole ? batchLayer : [])]) {
      started.set(name, await startService(`${name}/src/main.ts`, { ...urls, LOG_LEVEL: 'info' }))
    }
    const [analytics, , ingest] = needed.map((name) => started.get(name)!)
    await awaitLive(analytics!.url)
    const pids = Object.fromEntries([...started].map(([name, { pid }]) => [name, pid]))
    return { ingest: ingest!, analytics: analytics!, pids, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Until streams are let in. */
async function awaitLive(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const response = await fetch(`${url}/views/mood/stream`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('streams are not served')
}
