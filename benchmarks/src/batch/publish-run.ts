import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchLayer, runBatch } from '@twofold/batch-processor/run-batch.ts'

type Parts = Pick<BatchLayer, 'log' | 'rows' | 'events' | 'views' | 'settings'>

/** A whole run, as the service makes it; answers how many rows it read. */
export async function publishRun(parts: Parts): Promise<number> {
  const result = await runBatch({
    ...parts,
    owner: randomUUID(),
    leaseMs: 30_000,
    rowsTimeoutMs: 10_000,
    keepRuns: 1,
    sweepGraceMs: 0,
    sleep: (durationMs) => sleep(durationMs),
    newId: randomUUID,
  })
  if (result.outcome !== 'published') throw new Error(`the run was not published: ${result.outcome}`)
  return result.rowsRead
}
