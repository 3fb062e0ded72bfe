import { setImmediate as turn } from 'node:timers/promises'
import { type BatchRun, startBatchRun } from './batch-runs.ts'
import { checkAnswers, findExcess } from './check-answers.ts'
import { findCellFault } from './check-cells.ts'
import { nameOf } from './memory-event-log.ts'
import { type Dangers, noDangers } from './process.ts'
import { createProducers, type Producers } from './producers.ts'
import { createRandom } from './random.ts'
import type { Sabotage } from './sabotage.ts'
import { settleRows, settleSpeed } from './settle.ts'
import { startRowWorker, startSpeedWorker, type Worker } from './workers.ts'
import { createWorld, type World } from './world.ts'

/** One history from its seed to its end, or to the first thing that was wrong. */
export interface Outcome {
  readonly seed: number
  readonly records: number
  readonly boundaries: number
  readonly answers: number
  readonly fault: string | undefined
}

export interface HistoryOptions {
  readonly sabotage?: Sabotage
  readonly steps?: number
}

interface History {
  readonly world: World
  readonly producers: Producers
  readonly dangers: Dangers
  readonly speedWorkers: Worker[]
  readonly rowWorkers: Worker[]
  readonly batchRuns: BatchRun[]
  boundaries: number
  answers: number
}

type Action = (history: History) => Promise<string | undefined> | Promise<void> | void

/** Plays one random history against the real layers and compares what they answer with a naive count. */
export async function playHistory(seed: number, { sabotage = {}, steps = 300 }: HistoryOptions = {}): Promise<Outcome> {
  const random = createRandom(seed)
  const world = createWorld(random, sabotage)
  const dangers = {
    pause: random.pick([0, 0.01, 0.04]),
    kill: random.pick([0, 0.002, 0.01]),
    timeout: random.pick([0, 0.1, 0.4]),
  }
  const lists = { speedWorkers: [], rowWorkers: [], batchRuns: [] }
  const history: History = { world, producers: createProducers(world), dangers, ...lists, boundaries: 0, answers: 0 }
  const pace = random.pick([60, 150, 300])
  let fault: string | undefined
  for (let step = 0; step < steps && !fault; step++) {
    fault = (await random.pick(actions)(history)) ?? undefined
    world.now += random.below(pace)
    if (random.chance(0.3)) wake(world)
    await turn()
    fault ??= fatalOf(world)
  }
  fault ??= await finish(history)
  const records = world.log.partitions.reduce((sum, partition) => sum + world.log.recordsOf(partition).length, 0)
  return { seed, records, boundaries: history.boundaries, answers: history.answers, fault }
}

const send: Action = async ({ producers, world }) => {
  for (let left = 1 + world.random.below(7); left > 0; left--) await producers.send()
}

const feedSpeed: Action = ({ world, dangers, speedWorkers }) => {
  for (let left = 3; left > 0; left--) feed(world, speedWorkers, (one) => startSpeedWorker(world, one, dangers))
}

const feedRows: Action = ({ world, dangers, rowWorkers }) => {
  for (let left = 4; left > 0; left--) feed(world, rowWorkers, (one) => startRowWorker(world, one, dangers))
}

function feed(world: World, workers: Worker[], start: (partition: Worker['partition']) => Worker): void {
  const partition = world.random.pick(world.log.partitions)
  const own = workers.filter((worker) => worker.partition === partition && !worker.isOver())
  if (own.length === 0) workers.push(start(partition))
  else
    for (const worker of own) if (worker.isIdle() && world.random.chance(0.8)) worker.feed(1 + world.random.below(25))
}

/** Somebody else takes the partition over; who had it doesn't know, and goes on. */
const takeOverSpeed: Action = ({ world, dangers, speedWorkers }) => {
  const partition = world.random.pick(world.log.partitions)
  const worker = speedWorkers.find((one) => one.partition === partition && one.isIdle())
  if (worker && world.random.chance(0.3)) worker.release()
  speedWorkers.push(startSpeedWorker(world, partition, dangers))
}

const takeOverRows: Action = ({ world, dangers, rowWorkers }) => {
  rowWorkers.push(startRowWorker(world, world.random.pick(world.log.partitions), dangers))
}

const processesOf = ({ speedWorkers, rowWorkers, batchRuns }: History) =>
  [...speedWorkers, ...rowWorkers, ...batchRuns].map(({ process }) => process)

const resume: Action = (history) => {
  const paused = processesOf(history).filter(({ state }) => state === 'paused')
  if (paused.length > 0) history.world.random.pick(paused).resume()
}

const kill: Action = (history) => {
  const processes = processesOf(history)
  if (processes.length > 0) history.world.random.pick(processes).kill()
}

const runBatch: Action = ({ world, dangers, batchRuns }) => {
  if (batchRuns.filter((run) => !run.isOver()).length < 3)
    batchRuns.push(startBatchRun(world, `job-${batchRuns.length}`, dangers))
}

function wake(world: World): void {
  const woken = world.sleepers
  world.sleepers = []
  for (const resolve of woken) resolve()
}

/** Writes that timed out arrive: some of them, in any order. */
const land: Action = async ({ world }) => {
  const writes = world.random.shuffle(world.inFlight)
  world.inFlight = writes.slice(world.random.below(writes.length + 1))
  for (const write of writes) if (!world.inFlight.includes(write)) await write()
}

const turnClock: Action = ({ world }) => {
  world.skews.set(nameOf(world.random.pick(world.log.partitions)), world.random.below(6000) - 3000)
}

const letTimePass: Action = ({ world }) => {
  world.now += 1000 + world.random.below(7000)
}

/** The counter store is set up anew; whoever wrote to it was stopped before. */
const loseCounters: Action = ({ world, speedWorkers }) => {
  if (!world.random.chance(0.3)) return
  for (const { process } of speedWorkers) process.kill()
  world.inFlight = []
  world.counters.clear()
}

const addView: Action = ({ world }) => {
  if (world.newcomer && !world.watched.includes(world.newcomer)) world.watched = [...world.watched, world.newcomer]
}

const check: Action = (history) => checkAll(history, { withUpdates: false })

/** Every update there ever was is read once, at the end: what is published stays. */
async function checkAll(history: History, { withUpdates }: { withUpdates: boolean }): Promise<string | undefined> {
  await settleSpeed(history.world, history.speedWorkers)
  const { boundaries, answers, fault } = await checkAnswers(history.world)
  history.boundaries += boundaries
  history.answers += answers
  return fault ?? (areCellsAsked(history.world) ? findCellFault(history.world, { withUpdates }) : undefined)
}

const checkWhileLagging: Action = ({ world }) => findExcess(world)

/** How often each thing happens, of all that happen. */
const frequencies: readonly [Action, number][] = [
  [send, 40],
  [feedSpeed, 40],
  [feedRows, 40],
  [takeOverSpeed, 4],
  [takeOverRows, 6],
  [resume, 12],
  [kill, 2],
  [runBatch, 14],
  [land, 5],
  [turnClock, 6],
  [letTimePass, 3],
  [loseCounters, 1],
  [addView, 1],
  [checkWhileLagging, 6],
  [check, 5],
]
const actions = frequencies.flatMap(([action, times]) => Array.from({ length: times }, () => action))

/** Everything catches up, and a last run has no faults in its way. */
async function finish(history: History): Promise<string | undefined> {
  const { world, batchRuns } = history
  for (const { process } of batchRuns) process.kill()
  world.now += 20_000
  batchRuns.push(startBatchRun(world, 'last', noDangers))
  for (let left = 3; left > 0; left--) {
    await turn()
    await settleRows(world)
    wake(world)
  }
  await turn()
  const fault = (await checkAll(history, { withUpdates: true })) ?? fatalOf(world)
  return fault ?? (batchRuns.at(-1)!.isOver() ? undefined : 'the last run did not end')
}

/** What a saboteur makes of the cells is no question; what readers see of it is. */
function areCellsAsked({ sabotage }: World): boolean {
  return Object.keys(sabotage).every((name) => name === 'updates')
}

function fatalOf({ fatal }: World): string | undefined {
  return fatal.length === 0 ? undefined : `a process stopped: ${String(fatal[0])}`
}
