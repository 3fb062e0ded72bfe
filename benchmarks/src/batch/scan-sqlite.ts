import { DatabaseSync } from 'node:sqlite'
import { answer, measure } from '../side.ts'
import type { ReactionPayload } from '../workload.ts'
import type { BatchSide } from './batch.ts'

/** node:sqlite alone: the same columns of the same rows, in the same order. */
await answer(async ({ urls, table }: BatchSide) => {
  const database = new DatabaseSync(urls.ROW_STORE_URL.slice('sqlite:'.length), { readOnly: true })
  const select = database.prepare(
    `SELECT event_id, payload, log_offset, appended_at, occurred_at FROM "${table}" ORDER BY log_place`,
  )
  select.setReturnArrays(true)
  return measure(async () => {
    const counts = new Map<string, number>()
    let count = 0
    for (const row of select.iterate()) {
      const { emoji } = JSON.parse((row as unknown as [string, string])[1]) as ReactionPayload
      counts.set(emoji, (counts.get(emoji) ?? 0) + 1)
      count += 1
    }
    return count
  })
})
