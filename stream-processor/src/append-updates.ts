import { encodeCellUpdate, updatesTopic } from '@twofold/core/live/updates.ts'
import type { EventLog, NewRecord } from '@twofold/core/ports/event-log.ts'
import type { ChangedCell } from '@twofold/core/views/slice-folder.ts'

/** What one append takes at most; by length too, in characters, as a log refuses what is larger than its queue. */
const maxRecords = 1000
const maxLength = 1_000_000

/**
 * Appends changed cells to `view-updates`, one append after the other. After a rejection some of them may be there:
 * append all of them again. They are absolute, and a reader keeps the higher offset.
 */
export async function appendUpdates(log: Pick<EventLog, 'append'>, cells: readonly ChangedCell[], partitions: number): Promise<void> {
  for (const chunk of chunksOf(cells, partitions)) await log.append(updatesTopic, chunk)
}

function* chunksOf(cells: readonly ChangedCell[], partitions: number): Iterable<NewRecord[]> {
  let chunk: NewRecord[] = []
  let length = 0
  for (const cell of cells) {
    chunk.push(encodeCellUpdate(cell, partitions))
    length += cell.state.length
    if (chunk.length < maxRecords && length < maxLength) continue
    yield chunk
    chunk = []
    length = 0
  }
  if (chunk.length > 0) yield chunk
}
