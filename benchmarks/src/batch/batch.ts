import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { type Bench, interleave } from '../bench.ts'
import { type Figure, median, medianRatio, short } from '../figures.ts'
import { runSide, type Usage } from '../side.ts'
import { openRows } from '../stores.ts'
import { idAt, reactionAt, reactionsIn } from '../workload.ts'
import { fillRows } from './fill-rows.ts'

export interface BatchSide {
  readonly urls: StoreUrls
  readonly topic: string
  readonly table: string
  readonly nonce: string
  readonly partitions: number
}

const partitions = 4
/** History of ninety days, so that all resolutions of the view have their share. */
const historyMs = 90 * 86_400_000

/** A run's fold, alone and as a part of the whole run, against a bare scan of the same rows. */
export async function benchBatch(bench: Bench): Promise<Figure[]> {
  const { urls, nonce, quick, say, set } = bench
  const count = quick ? 100_000 : 500_000
  const topic = `bench-${nonce}`
  const side: BatchSide = { urls, topic, table: `raw_bench_${nonce}`, nonce, partitions }
  say(`writing ${count} rows`)
  await fill(side, count)
  const results = await interleave<Usage>(bench, {
    scan: () => runSide(set === 'real' ? 'batch/scan-mysql.ts' : 'batch/scan-sqlite.ts', side),
    fold: () => runSide('batch/fold-rows.ts', side),
    run: (round) => runSide('batch/run-once.ts', { ...side, nonce: `${nonce}-${round}` }),
  })
  return figuresOf(bench, count, results)
}

async function fill({ urls, topic }: BatchSide, count: number): Promise<void> {
  const type = reactionsIn(topic)
  const rows = await openRows(urls, [type])
  const until = Date.now() - 3_600_000
  const eventAt = (number: number) => {
    const time = Math.floor(until - historyMs * (1 - number / count))
    return { id: idAt(number), payload: reactionAt(number, time), occurredAt: time, appendedAt: time }
  }
  const settings = { sliceMs: 60_000, dedupHorizonMs: 600_000 }
  await fillRows({ rows, type, partitions, settings, count, eventAt })
  await rows.close()
}

function figuresOf({ set }: Bench, count: number, results: Record<string, Usage[]>): Figure[] {
  const rate = (name: string): number[] => results[name]!.map((usage) => usage.count / usage.seconds)
  const perCpu = (name: string): number[] => results[name]!.map((usage) => usage.count / usage.cpuSeconds)
  const base = set === 'real' ? 'mysql2, pages of 10,000 as arrays' : 'node:sqlite iterate, as arrays'
  const setting = `${short(count)} reactions over 90 days, 1 view; base: ${base}, JSON.parse, count in a Map`
  const line = { set, benchmark: 'batch', setting }
  const compared = (what: string, name: string): Figure[] => [
    {
      ...line,
      what: `${what}, per second`,
      value: `${short(median(rate(name)))} rows/s`,
      ratio: medianRatio(rate(name), rate('scan')),
      target: { min: 0.5 },
    },
    {
      ...line,
      what: `${what}, per CPU second`,
      value: `${short(median(perCpu(name)))} rows/s`,
      ratio: medianRatio(perCpu(name), perCpu('scan')),
    },
  ]
  return [
    { ...line, what: 'bare scan, per second', value: `${short(median(rate('scan')))} rows/s` },
    ...compared('fold alone', 'fold'),
    ...compared('whole run', 'run'),
  ]
}
