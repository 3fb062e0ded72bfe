import { answer, measure } from '../side.ts'
import { openLog, openRows } from '../stores.ts'
import { countViews, reactionsIn } from '../workload.ts'
import type { BatchSide } from './batch.ts'
import { publishRun } from './publish-run.ts'

/** A whole run: ticks, rows awaited, history folded, results written and published. */
await answer(async ({ urls, topic, nonce, partitions }: BatchSide) => {
  const type = reactionsIn(topic)
  const [log, rows] = await Promise.all([openLog(urls), openRows(urls, [type])])
  await log.createTopics([topic], { partitions, retentionMs: 86_400_000 })
  const settings = { sliceMs: 60_000, dedupHorizonMs: 600_000 }
  return measure(() => publishRun({ log, rows, events: [type], views: countViews(type, nonce, 1), settings }))
})
