import { createConnection } from 'mysql2/promise'
import { answer, measure } from '../side.ts'
import type { ReactionPayload } from '../workload.ts'
import type { BatchSide } from './batch.ts'

const pageRows = 10_000

/** mysql2 alone: the same columns of the same rows, paged by the primary key. */
await answer(async ({ urls, table, partitions }: BatchSide) => {
  const connection = await createConnection({ uri: urls.ROW_STORE_URL, rowsAsArray: true })
  const select = `SELECT event_id, payload, log_offset, appended_at, occurred_at FROM \`${table}\`
    WHERE log_partition = ? AND log_offset > ? ORDER BY log_offset LIMIT ${pageRows}`
  const counts = new Map<string, number>()
  let count = 0
  const readPage = async (partition: number, after: number): Promise<number | undefined> => {
    const [page] = await connection.query(select, [partition, after])
    const rows = page as [id: string, payload: string, offset: number][]
    for (const row of rows) {
      const { emoji } = JSON.parse(row[1]) as ReactionPayload
      counts.set(emoji, (counts.get(emoji) ?? 0) + 1)
    }
    count += rows.length
    return rows.length < pageRows ? undefined : rows.at(-1)![2]
  }
  return measure(async () => {
    for (let partition = 0; partition < partitions; partition++) {
      for (let after: number | undefined = -1; after !== undefined; ) after = await readPage(partition, after)
    }
    return count
  })
})
