import { TwofoldError } from '@twofold/core/errors.ts'
import type { RowPosition, RowStore } from '@twofold/core/ports/row-store.ts'
import type { Tick } from './append-ticks.ts'

const pollMs = 50

export interface RowsToAwait {
  readonly rows: RowStore
  readonly rowsTimeoutMs: number
  readonly sleep: (durationMs: number) => Promise<void>
}

/**
 * Waits until the raw rows of every partition reach beyond its tick. A partition without a position is incomplete, not
 * empty. Throws ROWS_INCOMPLETE, naming the partitions, when it takes longer than `rowsTimeoutMs`.
 */
export async function awaitRows({ rows, rowsTimeoutMs, sleep }: RowsToAwait, ticks: readonly Tick[]): Promise<void> {
  let behind = await findBehind(rows, ticks)
  for (let waitedMs = 0; behind.length > 0; waitedMs += pollMs) {
    if (waitedMs >= rowsTimeoutMs) throw incomplete(behind)
    await sleep(pollMs)
    behind = await findBehind(rows, behind)
  }
}

async function findBehind(rows: RowStore, ticks: readonly Tick[]): Promise<Tick[]> {
  const topics = [...new Set(ticks.map(({ topic }) => topic))]
  const positions = (await Promise.all(topics.map((topic) => rows.readPositions(topic)))).flat()
  return ticks.filter((tick) => !positions.some((position) => hasPassed(position, tick)))
}

function hasPassed(position: RowPosition, { topic, partition, offset }: Tick): boolean {
  return position.topic === topic && position.partition === partition && position.nextOffset > offset
}

function incomplete(ticks: readonly Tick[]): TwofoldError {
  const names = ticks.map(({ topic, partition, offset }) => `${topic}/${partition} before offset ${offset}`)
  return new TwofoldError('ROWS_INCOMPLETE', `raw rows are missing: ${names.join(', ')}; is the transactional service running?`)
}
