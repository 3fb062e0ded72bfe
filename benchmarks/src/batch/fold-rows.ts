import { foldHistory } from '@twofold/batch-processor/fold-history.ts'
import { answer, measure } from '../side.ts'
import { openRows } from '../stores.ts'
import { countViews, reactionsIn } from '../workload.ts'
import type { BatchSide } from './batch.ts'

/** The fold of a run alone: scan, parse, fold one view. */
await answer(async ({ urls, topic, nonce }: BatchSide) => {
  const type = reactionsIn(topic)
  const rows = await openRows(urls, [type])
  const views = countViews(type, nonce, 1)
  return measure(async () => (await foldHistory(rows, views, Date.now(), () => undefined)).rowsRead)
})
