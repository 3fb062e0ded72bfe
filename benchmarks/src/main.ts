// Prints what Twofold costs, as ratios to the least that the same work could cost: see the README beside.
import { parseArgs } from 'node:util'
import { benchBatch } from './batch/batch.ts'
import type { Bench, Benchmark } from './bench.ts'
import { type Figure, isMet, printFigures, type SetName } from './figures.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchLive } from './live/live.ts'
import { parseLiveSettings } from './live/live-settings.ts'
import { benchMemory } from './memory/memory.ts'
import { benchQuery } from './query/query.ts'
import { openStores } from './servers.ts'
import { benchSpeed } from './speed/speed.ts'

const benchmarks: Readonly<Record<string, Benchmark>> = {
  speed: benchSpeed,
  batch: benchBatch,
  query: benchQuery,
  ingest: benchIngest,
  memory: benchMemory,
  live: benchLive,
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    set: { type: 'string', default: 'embedded' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    // Of `live` alone.
    soak: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    scaling: { type: 'boolean', default: true },
    subscribers: { type: 'string' },
    sockets: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    rooms: { type: 'string' },
    processes: { type: 'string' },
  },
})

const live = parseLiveSettings(flags)
const say = (text: string): void => void process.stderr.write(`${text}\n`)

function pickSets(): SetName[] {
  if (flags.set === 'both') return ['embedded', 'real']
  if (flags.set === 'embedded' || flags.set === 'real') return [flags.set]
  throw new RangeError('--set must be embedded, real or both')
}

function pickBenchmarks(): [string, Benchmark][] {
  const only = [...(flags.only ?? []), ...positionals]
  const unknown = only.find((name) => !(name in benchmarks))
  if (unknown !== undefined) throw new RangeError(`there is no ${unknown}, only ${Object.keys(benchmarks).join(', ')}`)
  return Object.entries(benchmarks).filter(([name]) => only.length === 0 || only.includes(name))
}

/** The files of one benchmark are gone before the next one; servers are shared by all. */
async function runSet(set: SetName): Promise<Figure[]> {
  const figures: Figure[] = []
  let stores = await openStores(set)
  for (const [name, run] of pickBenchmarks()) {
    if (set === 'embedded') {
      await stores.close()
      stores = await openStores(set)
    }
    say(`\n${set} ${name}`)
    figures.push(...(await attempt(name, run, benchOf(set, stores.urls, name))))
  }
  await stores.close()
  return figures
}

/** What fails is said, and the others go on. */
async function attempt(name: string, run: Benchmark, bench: Bench): Promise<Figure[]> {
  try {
    return await run(bench)
  } catch (error) {
    say(`${bench.set} ${name} failed: ${error instanceof Error ? error.stack : String(error)}`)
    failures += 1
    return []
  }
}

function benchOf(set: SetName, urls: Bench['urls'], name: string): Bench {
  const nonce = Date.now().toString(36)
  const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5))
  return { set, urls, nonce, quick: flags.quick, rounds, live, say: (text) => say(`  ${name}: ${text}`) }
}

let failures = 0
const figures: Figure[] = []
for (const set of pickSets()) figures.push(...(await runSet(set)))
const report = flags.json
  ? JSON.stringify(figures.map((figure) => ({ ...figure, met: isMet(figure) ?? null })), null, 2)
  : printFigures(figures)
process.stdout.write(`${report}\n`)
process.exitCode = failures > 0 || figures.some((figure) => isMet(figure) === false) ? 1 : 0
