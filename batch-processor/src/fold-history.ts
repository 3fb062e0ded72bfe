import type { Event } from '@twofold/core/events/event.ts'
import type { RowStore, ScannedRow } from '@twofold/core/ports/row-store.ts'
import type { Slice } from '@twofold/core/slices/slice.ts'
import { type Accumulator, createAccumulator } from '@twofold/core/views/accumulator.ts'
import type { View } from '@twofold/core/views/view.ts'

/** A view folded over the whole history before a boundary. */
export interface FoldedView {
  readonly view: View
  readonly results: Accumulator
}

export interface FoldedHistory {
  readonly views: readonly FoldedView[]
  readonly rowsRead: number
}

/**
 * Folds every row of a topic's slices before the boundary into all views that read it, in one scan. Buckets are rolled
 * up as seen from the boundary, so what is held grows with keys and resolutions, not with history.
 */
export async function foldHistory(
  rows: RowStore,
  views: readonly View[],
  boundary: Slice,
  onChunk: (rowsRead: number) => void,
): Promise<FoldedHistory> {
  const folded = views.map((view): FoldedView => ({ view, results: createAccumulator(view) }))
  let rowsRead = 0
  for await (const chunk of rows.scanRows(views[0]!.topic, boundary)) {
    for (const row of chunk) {
      const event = eventOf(row)
      for (const { results } of folded) results.add(event, boundary)
    }
    rowsRead += chunk.length
    onChunk(rowsRead)
  }
  return { views: folded, rowsRead }
}

/** The payload was parsed before it was stored: it is canonical. */
function eventOf({ id, payload, occurredAt, appendedAt, partition, offset }: ScannedRow): Event {
  return { id, payload: JSON.parse(payload) as object, occurredAt, appendedAt, partition, offset }
}
