import type { AnyEventType, Event } from '@twofold/core/events/event.ts'
import { rawRowOf } from '@twofold/core/events/raw-table.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import type { SliceSettings } from '@twofold/core/slices/slice.ts'

export interface RowsToFill {
  readonly rows: RowStore
  readonly type: AnyEventType
  readonly partitions: number
  readonly settings: SliceSettings
  readonly count: number
  /** Where the rows of a partition begin in their log; 0 unless given. */
  readonly firstOffsetOf?: (partition: number) => number
  /** Appended times must grow with the number. */
  readonly eventAt: (number: number) => Omit<Event, 'partition' | 'offset'>
}

const chunk = 2_000

/** Writes rows as the transactional service would have, without a log that they came from. */
export async function fillRows(fill: RowsToFill): Promise<void> {
  const each = Array.from({ length: fill.partitions }, (_, partition) => fillPartition(fill, partition))
  await Promise.all(each)
}

async function fillPartition(fill: RowsToFill, partition: number): Promise<void> {
  const { rows, type, partitions, settings, count, eventAt } = fill
  const { topic } = type
  let { nextOffset: expectedOffset } = await rows.openPosition(topic, partition)
  let nextOffset = Math.max(expectedOffset, fill.firstOffsetOf?.(partition) ?? 0)
  const numbers: number[] = []
  for (let number = partition; number < count; number += partitions) numbers.push(number)
  for (let at = 0; at < numbers.length; at += chunk) {
    const events = numbers
      .slice(at, at + chunk)
      .map((number) => ({ ...eventAt(number), partition, offset: nextOffset++ }))
    const { appendedAt } = events.at(-1)!
    await rows.writeRows({
      topic,
      partition,
      rows: events.map((event) => rawRowOf(type, event, settings)),
      deadLetters: [],
      expectedOffset,
      nextOffset,
      appendedAt,
      dedupHorizonMs: settings.dedupHorizonMs,
    })
    expectedOffset = nextOffset
  }
}
