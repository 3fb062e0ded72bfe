import { type Bench, interleave, logSetting } from '../bench.ts'
import { type Figure, median, medianRatio, short } from '../figures.ts'
import { runSide, type Usage } from '../side.ts'
import type { DrainOptions } from './drain-speed-layer.ts'
import { fillLog } from './fill-log.ts'

const partitions = 4
const mostViews = 4
const dedupHorizonMs = 10_000

/** The speed layer draining a full log, against a loop that only reads, parses and counts; then with more views. */
export async function benchSpeed(bench: Bench): Promise<Figure[]> {
  const { urls, nonce, quick, say } = bench
  const events = quick ? 100_000 : 300_000
  const topic = `bench-${nonce}`
  say(`appending ${events} reactions`)
  await fillLog({ urls, topic, partitions, events, perSecond: 20_000 })

  const drain = (views: number) => (round: number): Promise<Usage> => {
    const options: DrainOptions = { urls, topic, nonce: `${nonce}-${round}-${views}`, views, events, dedupHorizonMs }
    return runSide('speed/drain-speed-layer.ts', options)
  }
  const pollScript = bench.set === 'real' ? 'speed/poll-kafka.ts' : 'speed/poll-event-log.ts'
  const sides: Record<string, (round: number) => Promise<Usage>> = {
    poll: (round) => runSide(pollScript, { urls, topic, nonce: `${nonce}-${round}`, events }),
  }
  for (let views = 1; views <= mostViews; views++) sides[`views${views}`] = drain(views)
  return figuresOf(bench, events, await interleave(bench, sides))
}

const perCpu = (usages: readonly Usage[]): number[] => usages.map(({ count, cpuSeconds }) => count / cpuSeconds)
const perSecond = (usages: readonly Usage[]): number[] => usages.map(({ count, seconds }) => count / seconds)
const cpuPerEvent = (usages: readonly Usage[]): number =>
  median(usages.map(({ count, cpuSeconds }) => (cpuSeconds / count) * 1e6))

function figuresOf({ set }: Bench, events: number, results: Record<string, Usage[]>): Figure[] {
  const [poll, one] = [results['poll']!, results['views1']!]
  const stores = set === 'real' ? 'cells in Cassandra' : 'cells in SQLite'
  const setting = `${short(events)} enveloped reactions, ${partitions} partitions, ${logSetting[set]}; ${stores}; ` +
    `dedup horizon ${dedupHorizonMs / 1000} s; by whole process, threads included; base: ` +
    (set === 'real' ? 'bare kafkajs eachBatch' : 'log.subscribe') + ', JSON.parse, count in a Map'
  const line = { set, benchmark: 'speed', setting }
  const further = cpuPerEvent(results[`views${mostViews}`]!) - cpuPerEvent(one)
  return [
    { ...line, what: 'reading alone, per CPU second', value: `${short(median(perCpu(poll)))} events/s` },
    {
      ...line,
      what: '1 view, per CPU second',
      value: `${short(median(perCpu(one)))} events/s`,
      ratio: medianRatio(perCpu(one), perCpu(poll)),
      target: { min: 0.6 },
    },
    {
      ...line,
      what: '1 view, per second',
      value: `${short(median(perSecond(one)))} events/s`,
      ratio: medianRatio(perSecond(one), perSecond(poll)),
    },
    ...Array.from({ length: mostViews - 1 }, (_, at) => viewsFigure(line, results, at + 2)),
    {
      ...line,
      what: 'each further view costs',
      value: `${(further / (mostViews - 1)).toFixed(2)} us CPU/event`,
      ratio: further / (mostViews - 1) / cpuPerEvent(one),
    },
  ]
}

type Line = Pick<Figure, 'set' | 'benchmark' | 'setting'>

function viewsFigure(line: Line, results: Record<string, Usage[]>, views: number): Figure {
  const usages = results[`views${views}`]!
  return {
    ...line,
    what: `${views} views by 1 view, per CPU second`,
    value: `${short(median(perCpu(usages)))} events/s`,
    ratio: medianRatio(perCpu(usages), perCpu(results['views1']!)),
  }
}
