import { likesByVideo } from '@twofold/core/views/likes.ts'
import { createAccess } from '@twofold/runtime/access.ts'
import { createHttpApp, listen } from '@twofold/runtime/http-server.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { createMetrics } from '@twofold/runtime/metrics.ts'
import type { LiveChanges, LiveFeed, LiveRow } from '../live/live-feed.ts'
import { createSocketReports, type SocketReportsOptions } from './socket-reports.ts'
import { createTicker } from './ticker.ts'

/** Midnight of a day on which nothing else happens. */
export const dayStart = Date.UTC(2026, 0, 1)
const minuteMs = 60_000

/** The window of so many minutes that begins so many minutes after midnight. */
export function rowOf(key: string, value: number, more: { minutes?: number; at?: number; final?: boolean; revision?: number } = {}): LiveRow {
  const { minutes = 1, at = 0, final = false, revision = 0 } = more
  const from = dayStart + at * minuteMs
  return { key, from, until: from + minutes * minuteMs, value, final, revision }
}

/** A row as a client hears of it. */
export function reportOn(key: string, count: number, more: Parameters<typeof rowOf>[2] = {}) {
  const { from, until, final, revision } = rowOf(key, count, more)
  return { id: key, count, windowStart: new Date(from!).toISOString(), windowEnd: new Date(until!).toISOString(), final, revision }
}

interface Published {
  readonly window: string
  readonly row: LiveRow
  readonly isCorrection: boolean
}

export interface ScriptedFeed extends LiveFeed {
  isReady: boolean
  /** Publishes windows of so many minutes, all in one go; what was final before is corrected. */
  publish(minutes: number, ...rows: readonly LiveRow[]): void
  /** Forgets how it came to where it is. */
  startAnew(): void
  move(): void
}

/** A feed in which happens what a test says. */
export function createScriptedFeed(): ScriptedFeed {
  const published: Published[] = []
  const current = new Map<string, LiveRow>()
  const listeners: (() => void)[] = []
  let forgotten = 0
  const nameOf = (window: string, { key, from }: LiveRow): string => `${window} ${from} ${key}`
  const feed: ScriptedFeed = {
    isReady: true,
    get position() {
      return [published.length]
    },
    load: async () => {},
    snapshot(_view, window, keys) {
      const rows = [...current].filter(([name]) => name.startsWith(`${window} `)).map(([, row]) => row)
      return rows.filter(({ key }) => keys?.has(key) ?? true).toSorted((left, right) => left.from! - right.from!)
    },
    changesSince(_view, window, [since]): LiveChanges | undefined {
      if (since! < forgotten) return undefined
      const changed = published.slice(since).filter((change) => change.window === window)
      const newest = [...new Map(changed.map((change) => [nameOf(window, change.row), change])).values()]
      const rows = newest.filter(({ isCorrection }) => !isCorrection).map(({ row }) => row)
      const corrections = changed.filter(({ isCorrection }) => isCorrection)
      return { rows, corrections: corrections.map(({ row }) => ({ ...row, previous: null, correctedAt: dayStart })) }
    },
    corrections: () => [],
    onMove: (listener) => void listeners.push(listener),
    publish(minutes, ...rows) {
      for (const row of rows) {
        const name = nameOf(`${minutes}m`, row)
        published.push({ window: `${minutes}m`, row, isCorrection: current.get(name)?.final === true })
        current.set(name, row)
      }
      feed.move()
    },
    startAnew() {
      forgotten = published.length + 1
      published.push({ window: 'none', row: rowOf('none', 0), isCorrection: false })
      feed.move()
    },
    move: () => listeners.forEach((listener) => listener()),
  }
  return feed
}

/** Reports on a port of their own, from a scripted feed. Close it after the test. */
export async function serveReports({ port = 0, ...options }: Partial<SocketReportsOptions> & { port?: number } = {}) {
  const feed = createScriptedFeed()
  const errors: unknown[] = []
  const ticker = createTicker({ feed, elapsed: () => performance.now(), minPauseMs: 5, onError: ({ error }) => errors.push(error) })
  const metrics = createMetrics({ service: 'test' })
  const reports = createSocketReports({
    feed,
    ticker,
    view: likesByVideo,
    maxSockets: 1000,
    maxRooms: 200,
    isAllowedOrigin: () => true,
    access: createAccess({ keys: [], onRefused: () => {} }),
    noteRefusal: () => {},
    elapsed: () => performance.now(),
    logger: silentLogger,
    metrics,
    ...options,
  })
  const app = createHttpApp({ logger: silentLogger, metrics, routers: [reports.router, { path: '/below', router: reports.router }] })
  const listener = await listen(app, { host: '127.0.0.1', port })
  reports.attach(listener.server)
  return {
    feed,
    /** What ticks failed with. */
    errors,
    url: listener.url,
    port: listener.port,
    stop: reports.close,
    /** The value of one line of the metrics, such as `socket_subscribers`. */
    async metric(name: string, label = ''): Promise<number> {
      const line = (await metrics.text()).split('\n').find((text) => text.startsWith(`${name}{`) && text.includes(label))
      return Number(line?.split(' ').at(-1) ?? 0)
    },
    async close() {
      reports.close()
      await listener.close(1000)
    },
  }
}
