import { isDeepStrictEqual } from 'node:util'
import type { PublishedRun } from '@twofold/core/ports/row-store.ts'
import { readHistory } from '@twofold/core/serving/read-history.ts'
import { type Footing, readPage, type ViewQuery } from '@twofold/core/serving/read-view.ts'
import type { StateRow } from '@twofold/core/serving/merge-rows.ts'
import { storedVersion } from '@twofold/core/views/view.ts'
import { type Asked, findBucketFault, findHistoryFault, stepsOf } from './check-buckets.ts'
import { holds } from './memory-runs.ts'
import { type CountedFact, countFacts, type FactsByKey } from './naive-count.ts'
import type { WatchedView } from './watched-views.ts'
import type { World } from './world.ts'

/** What was checked, and the first thing that was wrong. */
export interface Verdict {
  readonly boundaries: number
  readonly answers: number
  readonly fault: string | undefined
}

/** Compares the answers of every published run, and of no run, with the naive count of the whole log. */
export async function checkAnswers(world: World): Promise<Verdict> {
  let [boundaries, answers] = [0, 0]
  const expected = new Map(world.watched.map((watched) => [watched, groupFacts(world, watched)]))
  for (const run of [null, ...world.rows.published()]) {
    let isChecked = false
    for (const [watched, facts] of expected) {
      const footing = await findFooting(world, watched, run)
      if (!footing) continue
      isChecked = true
      answers++
      const fault = await findFault(world, watched, footing, facts)
      if (fault)
        return { boundaries, answers, fault: `${watched.view.name} at boundary ${run?.boundary ?? 'none'}: ${fault}` }
    }
    if (isChecked && run) boundaries++
  }
  return { boundaries, answers, fault: undefined }
}

function groupFacts({ log, ledger }: World, { view, keyOf }: WatchedView): FactsByKey {
  const byKey = new Map<string, CountedFact[]>()
  for (const fact of countFacts(log, ledger, view.topic)) {
    for (const key of [keyOf(fact) ?? []].flat()) {
      const own = byKey.get(key)
      if (own) own.push(fact)
      else byKey.set(key, [fact])
    }
  }
  return byKey
}

/** What an answer may stand on, or undefined where it would have to say that it is incomplete. */
async function findFooting(
  { counters, settings }: World,
  { view }: WatchedView,
  run: PublishedRun | null,
): Promise<Footing | undefined> {
  const version = storedVersion(view, settings)
  if (run && !holds(run, { view: view.name, version })) return undefined
  const positions = await counters.readPositions(view.name, version)
  const isWhole = positions.length === 3 && positions.every(({ firstSlice }) => firstSlice <= (run?.boundary ?? 0))
  return isWhole ? { run, positions } : undefined
}

async function findFault(
  world: World,
  watched: WatchedView,
  footing: Footing,
  facts: FactsByKey,
): Promise<string | undefined> {
  const { random } = world
  const rows = await readPages(world, watched, footing, { step: 'all', limit: 1 + random.below(5) })
  const keys = [...facts.keys()].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
  const found = rows.map(({ key }) => key)
  if (!isDeepStrictEqual(found, keys)) return `keys ${show(found)} instead of ${show(keys)}`
  for (const row of rows) {
    const fault = differs(watched, row.state, facts.get(row.key)!)
    if (fault) return `total of ${row.key}: ${fault}`
  }
  if (!random.chance(0.4)) return undefined
  return (await findTotalFault(world, watched, footing, facts)) ?? (await findStepFault(world, watched, footing, facts))
}

async function findTotalFault(
  world: World,
  watched: WatchedView,
  footing: Footing,
  facts: FactsByKey,
): Promise<string | undefined> {
  const key = world.random.pick([...facts.keys(), 'never seen'])
  const { rows, next } = await readPage(world, watched.view, footing, { keys: [key], step: 'all', limit: 1 })
  if (rows.length !== (facts.has(key) ? 1 : 0) || next) return `${key} has ${rows.length} totals`
  return rows[0] && differs(watched, rows[0].state, facts.get(key)!)
}

async function findStepFault(
  world: World,
  watched: WatchedView,
  footing: Footing,
  facts: FactsByKey,
): Promise<string | undefined> {
  const { random } = world
  const steps = stepsOf(watched.view)
  if (steps.length === 0) return undefined
  const step = random.pick(steps)
  const rows = await readPages(world, watched, footing, { step, limit: 1 + random.below(7) })
  const asked = { step, boundary: footing.run?.boundary ?? 0, settings: world.settings }
  const fault = findBucketFault(watched, rows, facts, asked)
  if (fault) return `step ${step}: ${fault}`
  const growth = await findGrowthFault(world, watched, footing, facts, asked)
  if (growth) return `growth, step ${step}: ${growth}`
  return findRangeFault(world, watched, footing, step, rows)
}

async function findGrowthFault(
  world: World,
  watched: WatchedView,
  footing: Footing,
  facts: FactsByKey,
  asked: Asked,
): Promise<string | undefined> {
  if (!watched.isCount || facts.size === 0) return undefined
  const key = world.random.pick([...facts.keys()])
  const limit = world.random.pick([1, 3, 1000])
  const points = await readHistory(world, watched.view, footing, { key, step: asked.step, limit })
  return findHistoryFault(watched, points, facts.get(key)!, { ...asked, limit })
}

/** A range shows the rows of the whole answer that overlap it; what fell into all time has no place in one. */
async function findRangeFault(
  world: World,
  watched: WatchedView,
  footing: Footing,
  step: number,
  rows: readonly StateRow[],
): Promise<string | undefined> {
  const { random } = world
  const dated = rows.filter(({ stepMs }) => stepMs > 0)
  if (dated.length === 0) return undefined
  const somewhere = (): number => random.pick(dated).from + random.below(2 * step) - step
  const [from, until] = [somewhere(), somewhere()].sort((left, right) => left - right) as [number, number]
  const range = { from: Math.floor(from / step) * step, until: Math.ceil(until / step) * step }
  const wanted = dated.filter((row) => row.from < range.until && row.from + row.stepMs > range.from)
  const read = await readPages(world, watched, footing, { step, limit: 1 + random.below(7), from, until })
  const found = read.filter(({ stepMs }) => stepMs > 0)
  return isDeepStrictEqual(found, wanted)
    ? undefined
    : `step ${step}, ${from} to ${until}: ${show(found)} instead of ${show(wanted)}`
}

async function readPages(world: World, { view }: WatchedView, footing: Footing, query: ViewQuery): Promise<StateRow[]> {
  const rows: StateRow[] = []
  let page = await readPage(world, view, footing, query)
  rows.push(...page.rows)
  while (page.next) {
    if (rows.length > 100_000) throw new Error(`the pages of ${view.name} never end`)
    page = await readPage(world, view, footing, { ...query, after: page.next })
    rows.push(...page.rows)
  }
  return rows
}

function differs({ view, valueOf }: WatchedView, state: unknown, facts: readonly CountedFact[]): string | undefined {
  const [found, wanted] = [view.fold.valueOf(state), valueOf(facts)]
  return isDeepStrictEqual(found, wanted) ? undefined : `${show(found)} instead of ${show(wanted)}`
}

/** While anything lags a count may be too small; too large would mean that something counted twice. */
export async function findExcess(world: World): Promise<string | undefined> {
  const { random, counters, settings } = world
  const { view, keyOf } = random.pick(world.watched.filter(({ isCount }) => isCount).concat(world.watched[0]!))
  const run = random.pick([null, ...world.rows.published()])
  const version = storedVersion(view, settings)
  if (view.fold.zero !== 0 || (run && !holds(run, { view: view.name, version }))) return undefined
  const footing = { run, positions: await counters.readPositions(view.name, version) }
  const facts = groupFacts(world, { view, keyOf } as WatchedView)
  for (const { key, state } of await readPages(world, { view } as WatchedView, footing, { step: 'all', limit: 1000 })) {
    const most = facts.get(key)?.length ?? 0
    if (Number(state) > most)
      return `${view.name} at boundary ${run?.boundary ?? 'none'}: ${key} has ${String(state)} of ${most}`
  }
  return undefined
}

function show(value: unknown): string {
  return JSON.stringify(value)
}
