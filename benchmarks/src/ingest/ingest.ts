import { type Bench, interleave, logSetting } from '../bench.ts'
import { type Figure, median, medianRatio, short } from '../figures.ts'
import { startService } from '../service.ts'
import { runSide, type Usage } from '../side.ts'
import type { PostOptions } from './post-events.ts'

const connections = { single: 256, bulk: 16 }
const bulkEvents = 500

/** Accepting events durably, one or many a request, against a route that only parses the same JSON. */
export async function benchIngest(bench: Bench): Promise<Figure[]> {
  const seconds = bench.quick ? 3 : 6
  const ingest = 'ingest/src/main.ts'
  const bare = 'benchmarks/src/ingest/bare-express.ts'
  const post = (script: string, eventsPerRequest: number) => (): Promise<ServedUsage> => {
    const clients = eventsPerRequest === 1 ? connections.single : connections.bulk
    return postTo(bench, script, { connections: clients, seconds, eventsPerRequest })
  }
  const results = await interleave(bench, {
    bareSingle: post(bare, 1),
    single: post(ingest, 1),
    bareBulk: post(bare, bulkEvents),
    bulk: post(ingest, bulkEvents),
  })
  return figuresOf(bench, results)
}

/** What the client saw, and what it cost the server. */
interface ServedUsage extends Usage {
  readonly serverCpuSeconds: number
}

/** A fresh process each time, warmed up by the client. */
async function postTo({ urls }: Bench, script: string, options: Omit<PostOptions, 'url'>): Promise<ServedUsage> {
  const service = await startService(script, { ...urls, LOG_LEVEL: 'info' })
  const before = await service.state()
  const usage = await runSide<Usage>('ingest/post-events.ts', { ...options, url: service.url })
  const after = await service.state()
  await service.stop()
  return { ...usage, serverCpuSeconds: after.cpuSeconds - before.cpuSeconds }
}

function figuresOf({ set }: Bench, results: Record<string, ServedUsage[]>): Figure[] {
  const rate = (name: string, events = 1): number[] =>
    results[name]!.map(({ count, seconds }) => (count * events) / seconds)
  const setting = `the service alone in its process, ${connections.single} keep-alive connections ` +
    `(bulk: ${connections.bulk}, ${bulkEvents} events a request) from another process; ${logSetting[set]}; ` +
    'base: express 5, express.json(), 202'
  const line = { set, benchmark: 'ingest', setting }
  return [
    { ...line, what: 'bare route, single', value: `${short(median(rate('bareSingle')))} requests/s` },
    {
      ...line,
      what: 'single, durable, by the bare route',
      value: `${short(median(rate('single')))} requests/s`,
      ratio: medianRatio(rate('single'), rate('bareSingle')),
      target: { min: 0.5 },
    },
    { ...line, what: 'bare route, bulk', value: `${short(median(rate('bareBulk', bulkEvents)))} events/s` },
    {
      ...line,
      what: 'bulk, durable, by the bare route',
      value: `${short(median(rate('bulk', bulkEvents)))} events/s`,
      ratio: medianRatio(rate('bulk'), rate('bareBulk')),
    },
    {
      ...line,
      what: 'bulk by single, events',
      value: `${short(median(rate('bulk', bulkEvents)))} events/s`,
      ratio: medianRatio(rate('bulk', bulkEvents), rate('single')),
      target: { min: 5 },
    },
  ]
}
