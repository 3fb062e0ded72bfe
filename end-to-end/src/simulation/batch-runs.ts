import { runBatch } from '@twofold/batch-processor/run-batch.ts'
import { isTwofoldError } from '@twofold/core/errors.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { createProcess, type Dangers, type Process, viaProcess } from './process.ts'
import { eventLogOf, typesOf, viewsOf, type World } from './world.ts'

export interface BatchRun {
  readonly process: Process
  isOver(): boolean
}

const day = 86_400_000
const leaseMs = 15_000

/** Starts a batch run. While it sleeps, the history goes on. */
export function startBatchRun(world: World, owner: string, dangers: Dangers): BatchRun {
  const process = createProcess(world.random, dangers)
  const { sabotage } = world
  const rows = shortLeases(viaProcess<RowStore>(world.rows, process))
  let isOver = false
  const run = runBatch({
    log: viaProcess(sabotage.batchLog?.(eventLogOf(world), () => world.now) ?? eventLogOf(world), process),
    rows: sabotage.batchRows?.(rows) ?? rows,
    events: typesOf(world),
    views: viewsOf(world),
    settings: world.settings,
    owner,
    // The real timer that prolongs a lease never fires; simulated time ends leases, in the middle of runs too.
    leaseMs: 3 * day,
    rowsTimeoutMs: day,
    keepRuns: 1000,
    sweepGraceMs: day,
    sleep: () => new Promise((resolve) => world.sleepers.push(resolve)),
    newId: () => owner,
  })
  run
    .catch((error: unknown) => isTwofoldError(error, 'LEASE_LOST') || world.fatal.push(error))
    .finally(() => (isOver = true))
  return { process, isOver: () => isOver || process.state === 'dead' }
}

function shortLeases(rows: RowStore): RowStore {
  const holdLease: RowStore['holdLease'] = (lease, owner) => rows.holdLease(lease, owner, leaseMs)
  return new Proxy(rows, {
    get: (target, name) => (name === 'holdLease' ? holdLease : (Reflect.get(target, name) as unknown)),
  })
}
