import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { type Figure, short } from '../figures.ts'
import type { ProcessState } from '../report-state.ts'
import { type RunningService, startService } from '../service.ts'
import { runSide, type Usage } from '../side.ts'
import type { DrainOptions } from '../speed/drain-speed-layer.ts'
import { fillLog } from '../speed/fill-log.ts'
import { type Load, loadHttp, loadLog } from './steady-load.ts'

const perSecond = 8_000
const horizonMs = 10_000
const longHorizonMs = 600_000
const mebibyte = 1024 * 1024

/** Memory after few and after many events, and what a longer dedup horizon costs. */
export async function benchMemory(bench: Bench): Promise<Figure[]> {
  const figures = await benchStreamProcessor(bench)
  if (bench.set === 'embedded') figures.push(...(await benchEmbedded(bench)))
  return [...figures, ...(await benchHorizon(bench))]
}

const total = ({ quick }: Bench): number => (quick ? 200_000 : 1_000_000)
/** The horizon is full, in both generations. */
const full = perSecond * (horizonMs / 1000) * 2.5
const environment = { SLICE_MS: '10000', DEDUP_HORIZON_MS: String(horizonMs), LOG_LEVEL: 'info' }

async function benchStreamProcessor(bench: Bench): Promise<Figure[]> {
  const { urls, set } = bench
  const service = await startService('stream-processor/src/main.ts', { ...urls, ...environment })
  // The clock of the SQLite log can be chosen, so that ten thousand events fill the horizon.
  const logPerSecond = set === 'embedded' ? 1000 : perSecond
  const load = await loadLog(urls, perSecond, logPerSecond, total(bench))
  const few = set === 'embedded' ? 20_000 : full
  const setting = `stream-processor in its process, ${short(perSecond)} events/s ` +
    `(${short(logPerSecond)} by the log's clock), dedup horizon ${horizonMs / 1000} s, full at both points; after gc`
  return compareStates(bench, { what: 'stream-processor', setting, service, load, few })
}

async function benchEmbedded(bench: Bench): Promise<Figure[]> {
  const folder = bench.urls.EVENT_LOG_URL.slice('sqlite:'.length).replace(/log\.db$/, 'all')
  const service = await startService('scripts/start.ts', { DATA_DIR: folder, ...environment })
  const setting = `every service in one process, ${short(perSecond / 2)} events/s over POST /reactions, ` +
    `a run each minute, dedup horizon ${horizonMs / 1000} s, full at both points; after gc`
  const load = loadHttp(service.url, perSecond / 2)
  return compareStates(bench, { what: 'embedded process', setting, service, load, few: full / 2 })
}

interface Comparison {
  readonly what: string
  readonly setting: string
  readonly service: RunningService
  readonly load: Load
  /** After so many events the memory is looked at first. */
  readonly few: number
}

async function compareStates(bench: Bench, { what, setting, service, load, few }: Comparison): Promise<Figure[]> {
  const many = total(bench)
  const stateAfter = async (events: number): Promise<ProcessState> => {
    await load.until(events)
    await sleep(3000)
    const state = await service.state()
    bench.say(`${what} after ${events} ${JSON.stringify(state)}`)
    return state
  }
  const [first, last] = [await stateAfter(few), await stateAfter(many)]
  await load.close()
  await service.stop()
  const compare = (name: string, bytesOf: (state: ProcessState) => number): Figure => ({
    set: bench.set,
    benchmark: 'memory',
    what: `${what}, ${name}, after ${short(many)} by after ${short(few)} events`,
    value: `${short(bytesOf(last) / mebibyte)} MiB, ${short(bytesOf(first) / mebibyte)} MiB`,
    ratio: bytesOf(last) / bytesOf(first),
    target: { max: 1.2 },
    setting,
  })
  return [
    compare('resident', ({ rssBytes }) => rssBytes),
    compare('heap and buffers', ({ heapBytes, externalBytes }) => heapBytes + externalBytes),
  ]
}

/** A restart reads a whole horizon again: the first drain is the work, the second what a restart repeats. */
async function benchHorizon(bench: Bench): Promise<Figure[]> {
  const { urls, nonce, quick, set } = bench
  const remembered = { count: 1_000_000 }
  const { bytesPerId } = await runSide<{ bytesPerId: number }>('memory/remember-ids.ts', remembered, ['--expose-gc'])
  const topic = `bench-horizon-${nonce}`
  const events = quick ? 100_000 : 300_000
  await fillLog({ urls, topic, partitions: 4, events, perSecond: 1000 })
  const options: DrainOptions = { urls, topic, nonce, views: 1, events, dedupHorizonMs: longHorizonMs }
  await runSide<Usage>('speed/drain-speed-layer.ts', options)
  const replay = await runSide<Usage>('speed/drain-speed-layer.ts', options)
  const rate = replay.count / replay.seconds
  const ids = 1000 * (longHorizonMs / 1000) * 2
  const setting = `dedup horizon ${longHorizonMs / 60_000} min; at most two horizons of ids are held; ` +
    `${short(events)} events replayed`
  const line = { set, benchmark: 'memory', setting }
  return [
    { ...line, what: 'a remembered id', value: `${bytesPerId.toFixed(0)} bytes` },
    { ...line, what: 'ids held at 1,000 events/s', value: `up to ${short((ids * bytesPerId) / mebibyte)} MiB` },
    { ...line, what: 'replay after a restart', value: `${short(rate)} events/s` },
    { ...line, what: 'recovery at 1,000 events/s', value: `${(ids / 2 / rate).toFixed(1)} s` },
  ]
}
