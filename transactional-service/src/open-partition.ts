import { TwofoldError } from '@twofold/core/errors.ts'
import { headerText } from '@twofold/core/events/envelope.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import { parseRecord } from '@twofold/core/events/parse-record.ts'
import { rawRowOf } from '@twofold/core/events/raw-table.ts'
import type { EventLog, LogRecord, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { DeadLetter, RawRow, RowBatchResult, RowPosition, RowStore } from '@twofold/core/ports/row-store.ts'
import type { SliceSettings } from '@twofold/core/slices/slice.ts'
import type { PartitionWork } from '@twofold/dataflow/partition-work.ts'
import { createTracedBatch, type TraceRecord } from '@twofold/runtime/trace-records.ts'

export interface RawLayer {
  readonly log: EventLog
  readonly rows: RowStore
  readonly events: readonly AnyEventType[]
  readonly settings: SliceSettings
  readonly onWritten?: (topic: string, result: RowBatchResult, deadLetters: number) => void
  readonly traceRecord?: TraceRecord
}

/** Goes on where the row store says, and writes rows, dead letters and the new position in one transaction. */
export async function openPartition(layer: RawLayer, partition: TopicPartition): Promise<PartitionWork> {
  const type = layer.events.find(({ topic }) => topic === partition.topic)
  if (!type) throw new TwofoldError('INVALID_CONFIG', `no event type has the topic ${partition.topic}`)
  const start = await layer.rows.openPosition(partition.topic, partition.partition)
  await refuseLostRecords(layer.log, start)
  return { start, ...createRowFold(layer, type, start) }
}

/** Full history is the promise of the raw rows: a log that lost some of it, or was replaced, needs a person. */
async function refuseLostRecords(log: EventLog, { topic, partition, nextOffset }: RowPosition): Promise<void> {
  const bounds = (await log.readBounds(topic)).find((candidate) => candidate.partition === partition)
  if (!bounds) throw new TwofoldError('LOG_UNAVAILABLE', `the log has no partition ${partition} of ${topic}`)
  if (nextOffset >= bounds.begin && nextOffset <= bounds.end) return
  throw new TwofoldError(
    'LOG_TRUNCATED',
    `${topic}/${partition} holds the offsets ${bounds.begin} to ${bounds.end}, but the raw rows end before ${nextOffset}: ` +
      'the log lost records that were never stored, or was replaced; restore it or the row store',
  )
}

function createRowFold(layer: RawLayer, type: AnyEventType, start: RowPosition): Pick<PartitionWork, 'fold' | 'flush'> {
  const { topic, partition } = start
  let expectedOffset = start.nextOffset
  let rows: RawRow[] = []
  let deadLetters: DeadLetter[] = []
  const traced = createTracedBatch(layer.traceRecord)

  return {
    fold(record, appendedAt) {
      const event = parseRecord(type, record, appendedAt)
      if (typeof event === 'string') deadLetters.push(deadLetterOf(record, appendedAt, event))
      else rows.push(rawRowOf(type, event, layer.settings))
      traced.begin(record)
    },
    flush(progress) {
      const { dedupHorizonMs } = layer.settings
      const batch = { topic, partition, rows, deadLetters, expectedOffset, dedupHorizonMs, ...progress }
      expectedOffset = progress.nextOffset
      const done = traced.take()
      rows = []
      deadLetters = []
      return async () => {
        const result = await layer.rows.writeRows(batch)
        layer.onWritten?.(topic, result, batch.deadLetters.length)
        done()
      }
    },
  }
}

function deadLetterOf({ offset, key, value, headers }: LogRecord, appendedAt: number, reason: string): DeadLetter {
  const texts = Object.entries(headers).map(([name, header]) => [name, headerText(header) ?? '(not UTF-8)'])
  return { offset, appendedAt, reason, key, value, headers: JSON.stringify(Object.fromEntries(texts)) }
}
