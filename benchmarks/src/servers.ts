import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServers } from '@twofold/end-to-end/servers.ts'
import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import type { SetName } from './figures.ts'

/** Where the benchmarks of a set find their stores. */
export interface Stores {
  readonly urls: StoreUrls
  close(): Promise<void>
}

/** Fresh files; or the servers that the environment names, or servers of our own where it names none. */
export async function openStores(set: SetName): Promise<Stores> {
  if (set === 'embedded') return openFolder()
  const { EVENT_LOG_URL, COUNTER_STORE_URL, ROW_STORE_URL } = process.env
  if (EVENT_LOG_URL && COUNTER_STORE_URL && ROW_STORE_URL) {
    return { urls: { EVENT_LOG_URL, COUNTER_STORE_URL, ROW_STORE_URL }, close: async () => undefined }
  }
  const servers = await startServers()
  return { urls: servers.urls, close: () => servers.stop() }
}

async function openFolder(): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-bench-'))
  const urls = {
    EVENT_LOG_URL: `sqlite:${join(folder, 'log.db')}`,
    COUNTER_STORE_URL: `sqlite:${join(folder, 'counters.db')}`,
    ROW_STORE_URL: `sqlite:${join(folder, 'rows.db')}`,
  }
  return { urls, close: () => rm(folder, { recursive: true, force: true }) }
}
