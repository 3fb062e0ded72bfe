import { setTimeout as sleep } from 'node:timers/promises'
import { runBatch } from '@twofold/batch-processor/run-batch.ts'
import { answer, measure } from '../side.ts'
import { openLog, openRows } from '../stores.ts'
import { countViews, reactionsIn } from '../workload.ts'
import type { BatchSide } from './batch.ts'

/** A whole run: ticks, rows awaited, history folded, results written and published. */
await answer(async ({ urls, topic, nonce, partitions }: BatchSide) => {
  const type = reactionsIn(topic)
  const [log, rows] = await Promise.all([openLog(urls), openRows(urls, [type])])
  await log.createTopics([topic], { partitions, retentionMs: 86_400_000 })
  return measure(async () => {
    const result = await runBatch({
      log,
      rows,
      events: [type],
      views: countViews(type, nonce, 1),
      settings: { sliceMs: 60_000, dedupHorizonMs: 600_000 },
      owner: nonce,
      leaseMs: 30_000,
      rowsTimeoutMs: 10_000,
      keepRuns: 1,
      sweepGraceMs: 0,
      sleep: (durationMs) => sleep(durationMs),
    })
    return result.outcome === 'published' ? result.rowsRead : 0
  })
})
