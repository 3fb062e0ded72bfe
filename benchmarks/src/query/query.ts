import { setTimeout as sleep } from 'node:timers/promises'
import { events } from '@twofold/core/events/index.ts'
import { reactions } from '@twofold/core/events/reaction.ts'
import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import type { Bench } from '../bench.ts'
import { type Figure, quantile, short } from '../figures.ts'
import { startService } from '../service.ts'
import { runSide } from '../side.ts'
import { openLog } from '../stores.ts'
import { recordAt } from '../workload.ts'
import { fillHistory, partitions, settings } from './fill-history.ts'
import { rowStoreBeside } from './row-store-beside.ts'
import type { Times } from './time-requests.ts'

const liveEvents = 5_000

/** The same questions about a short and a long history, in turn: a long one must cost the same. */
export async function benchQuery(bench: Bench): Promise<Figure[]> {
  const { urls, quick, nonce, say } = bench
  const lengths = quick ? [5_000, 100_000] : [20_000, 1_000_000]
  await makeTopics(urls)
  const stores: StoreUrls[] = []
  for (const length of lengths) {
    const store = await rowStoreBeside(urls, `bench_${nonce}_${length}`)
    say(`writing a history of ${length} events`)
    await fillHistory(store, length)
    stores.push(store)
  }
  await appendLive(urls)
  const start = (script: string, store: StoreUrls) => startService(script, { ...store, ...environment })
  const speed = await start('stream-processor/src/main.ts', stores[0]!)
  const services = await Promise.all(stores.map((store) => start('analytics-service/src/main.ts', store)))
  await sleep(2000)
  const asked = questions().flatMap((question) => services.map(({ url }) => `${url}${question.path}`))
  const { times } = await runSide<Times>('query/time-requests.ts', { urls: asked, requests: quick ? 100 : 400 })
  await Promise.all([speed, ...services].map((service) => service.stop()))
  return questions().flatMap(({ what }, at) => figuresOf(bench, what, lengths, times.slice(at * 2, at * 2 + 2)))
}

const environment = { SLICE_MS: String(settings.sliceMs), DEDUP_HORIZON_MS: String(settings.dedupHorizonMs) }

function questions(): { what: string; path: string }[] {
  const recently = new Date(Date.now() - 5 * 60_000).toISOString()
  return [
    { what: 'GET /views/emoji-count, last 5 minutes', path: `/views/emoji-count?from=${recently}` },
    { what: 'GET /views/emoji-count?step=all', path: '/views/emoji-count?step=all' },
    { what: 'GET /analytics', path: '/analytics' },
  ]
}

async function makeTopics(urls: StoreUrls): Promise<void> {
  const log = await openLog(urls)
  await log.createTopics(events.map(({ topic }) => topic), { partitions, retentionMs: 7 * 86_400_000 })
  await log.close()
}

/** What the speed layer answers for. */
async function appendLive(urls: StoreUrls): Promise<void> {
  const log = await openLog(urls)
  const now = Date.now()
  await log.append(reactions.topic, Array.from({ length: liveEvents }, (_, at) => recordAt(now + at, now - at)))
  await log.close()
}

function figuresOf({ set }: Bench, what: string, lengths: readonly number[], times: Times['times']): Figure[] {
  const [ofShort, ofLong] = [times[0]!, times[1]!]
  const stores = set === 'real' ? 'MySQL and Cassandra' : 'SQLite'
  const setting = `histories of ${lengths.map(short).join(' and ')} reactions (and a fifth as many users) over a ` +
    `year of event time, one run; ${short(liveEvents)} live reactions in the speed layer; ${stores}; ` +
    'one request at a time, asked in turn'
  return [0.5, 0.99].map((share) => ({
    set,
    benchmark: 'query',
    what: `${what}, p${share * 100}, long by short history`,
    value: `${quantile(ofLong, share).toFixed(1)} ms, ${quantile(ofShort, share).toFixed(1)} ms`,
    ratio: quantile(ofLong, share) / quantile(ofShort, share),
    ...(share === 0.5 ? { target: { max: 1.5 } } : {}),
    setting,
  }))
}
