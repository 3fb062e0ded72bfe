import { TwofoldError } from '@twofold/core/errors.ts'
import type {
  RawRow,
  RowBatch,
  RowBatchResult,
  RowPosition,
  RowStore,
  ScannedRow,
} from '@twofold/core/ports/row-store.ts'
import { createMemoryRuns, type MemoryRuns } from './memory-runs.ts'

export interface MemoryRowStore extends RowStore, Pick<MemoryRuns, 'published'> {}

interface Topic {
  readonly positions: Map<number, RowPosition>
  readonly rows: Map<string, ScannedRow>
}

const rowsPerChunk = 50

/** A row store in memory. `now` is the database's clock: it decides about leases. */
export function createMemoryRowStore(now: () => number): MemoryRowStore {
  const topics = new Map<string, Topic>()
  const topicOf = (name: string): Topic => {
    let topic = topics.get(name)
    if (!topic) topics.set(name, (topic = { positions: new Map(), rows: new Map() }))
    return topic
  }
  return {
    ...createMemoryRuns(now),
    async openPosition(topic, partition) {
      const { positions } = topicOf(topic)
      const position = positions.get(partition) ?? { topic, partition, nextOffset: 0, appendedAt: 0 }
      positions.set(partition, position)
      return position
    },
    readPositions: async (topic) => [...topicOf(topic).positions.values()],
    writeRows: async (batch) => writeBatch(topicOf(batch.topic), batch),
    async *scanRows(topic, before) {
      const { rows } = topicOf(topic)
      const ordered = [...rows.values()].sort(
        (left, right) => left.partition - right.partition || left.offset - right.offset,
      )
      const asked = ordered.filter(({ appendedAt }) => appendedAt < before)
      for (let at = 0; at < asked.length; at += rowsPerChunk) yield asked.slice(at, at + rowsPerChunk)
    },
    readDeadLetters: async () => [],
    readRepeats: async () => [],
    ping: async () => undefined,
    close: async () => undefined,
  }
}

/** One transaction: nothing in here waits. */
function writeBatch({ positions, rows }: Topic, batch: RowBatch): RowBatchResult {
  const { topic, partition, expectedOffset, nextOffset, appendedAt } = batch
  if (positions.get(partition)?.nextOffset !== expectedOffset) {
    throw new TwofoldError('POSITION_MOVED', `${topic}/${partition} is not at ${expectedOffset} any more`)
  }
  positions.set(partition, { topic, partition, nextOffset, appendedAt })
  const result = { inserted: 0, repeats: 0, lateRepeats: 0, conflicts: 0 }
  for (const row of batch.rows) writeRow(rows, row, batch, result)
  return result
}

function writeRow(
  rows: Topic['rows'],
  row: RawRow,
  batch: RowBatch,
  result: { -readonly [Name in keyof RowBatchResult]: number },
): void {
  const { id, payload, occurredAt, appendedAt, offset } = row
  const first = rows.get(id)
  if (first === undefined) {
    rows.set(id, { id, payload, occurredAt, appendedAt, offset, partition: batch.partition })
    result.inserted++
    return
  }
  result.repeats++
  if (first.partition !== batch.partition || appendedAt - first.appendedAt > batch.dedupHorizonMs) result.lateRepeats++
  if (first.payload !== payload) result.conflicts++
}
