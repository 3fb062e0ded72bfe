import type { KeptRepeat, RowStore } from '@twofold/core/ports/row-store.ts'
import type { Moment } from './find-moment.ts'

/** Where the records of a topic went. */
export interface Conservation {
  /** Records that the log has. */
  readonly records: number
  /** Raw rows, also those that the log keeps no more. */
  readonly rows: number
  readonly deadLetters: number
  /** Repeats that were kept because they came late or with another payload. */
  readonly keptRepeats: number
  /**
   * Offsets ever given out that are none of these: ticks, and repeats within the horizon, which leave no trace. Below 0
   * something was stored that was never in the log.
   */
  readonly unexplained: number
}

const maxKept = 1_000_000

/** Sums up what is known of every record before the ends of a moment. */
export async function countConservation(
  store: RowStore,
  { topic, begins, ends }: Moment,
  rows: number,
  repeats: readonly KeptRepeat[],
): Promise<Conservation> {
  const isBefore = ({ partition, offset }: { partition: number; offset: number }) => offset < (ends.get(partition) ?? 0)
  const deadLetters = (await store.readDeadLetters(topic, maxKept)).filter(isBefore).length
  const keptRepeats = repeats.filter(isBefore).length
  // Offsets begin at 0 and are never reused, so the ends count also what retention has removed.
  const records = [...ends.values()].reduce((sum, end) => sum + end, 0)
  const kept = [...ends].reduce((sum, [partition, end]) => sum + end - (begins.get(partition) ?? 0), 0)
  return { records: kept, rows, deadLetters, keptRepeats, unexplained: records - rows - deadLetters - keptRepeats }
}
