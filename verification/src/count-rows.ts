import type { KeptRepeat, RowStore } from '@twofold/core/ports/row-store.ts'
import type { Expectation } from './compare-answer.ts'
import type { Moment } from './find-moment.ts'
import type { NaiveRow, NaiveView } from './naive-view.ts'
import type { Answer } from './read-answer.ts'
import { createTally } from './tally.ts'

/** What the raw rows of a topic say about each answer of a moment. */
export interface CountedRows {
  readonly expectations: ReadonlyMap<Answer, Expectation>
  /** How many rows stand before the ends. */
  readonly rows: number
  /** How many rows arrived while the answers were read. */
  readonly arriving: number
  /** Late repeats that an answer may still hold: its boundary has not passed them. */
  readonly lateRepeats: readonly KeptRepeat[]
}

export interface RowCounting {
  readonly rows: RowStore
  readonly naiveViews: readonly NaiveView[]
  readonly onRow?: (row: NaiveRow) => void
}

interface Counter extends Expectation {
  readonly answer: Answer
}

/** Counts all raw rows before the ends of a moment, in one pass; holds counts, not rows. */
export async function countRows(
  { rows, naiveViews, onRow }: RowCounting,
  moment: Moment,
  repeats: readonly KeptRepeat[],
): Promise<CountedRows> {
  const counters = createCounters(naiveViews, moment.answers)
  const distinct = [...new Set(counters.values())]
  let [counted, arriving] = [0, 0]
  for await (const row of readRowsBefore(rows, moment)) {
    counted++
    onRow?.(row)
    let isArriving = false
    for (const { answer, certain, possible } of distinct) {
      const isCertain = row.offset < (answer.positions.get(row.partition) ?? 0)
      ;(isCertain ? certain : possible).add(row)
      isArriving ||= !isCertain
    }
    if (isArriving) arriving++
  }
  const isOpen = (repeat: KeptRepeat, answer: Answer) =>
    repeat.isLate && isBefore(repeat, moment) && repeat.appendedAt >= (answer.boundary ?? 0)
  for (const { answer, possible } of distinct)
    for (const repeat of repeats) if (isOpen(repeat, answer)) possible.add(repeat)
  const lateRepeats = repeats.filter((repeat) => moment.answers.some((answer) => isOpen(repeat, answer)))
  return { expectations: counters, rows: counted, arriving, lateRepeats }
}

/** Answers that stand on the same positions and boundary share their counts. */
function createCounters(naiveViews: readonly NaiveView[], answers: readonly Answer[]): Map<Answer, Counter> {
  const shared = new Map<string, Counter>()
  const counters = new Map<Answer, Counter>()
  for (const answer of answers) {
    const view = naiveViews.find((candidate) => candidate.view === answer.view)!
    const footing = JSON.stringify([answer.view, answer.boundary, [...answer.positions]])
    const counter = shared.get(footing) ?? { answer, certain: createTally(view), possible: createTally(view) }
    shared.set(footing, counter)
    counters.set(answer, counter)
  }
  return counters
}

/** The raw rows that an answer of this moment may hold. */
export async function* readRowsBefore(rows: RowStore, moment: Moment): AsyncGenerator<NaiveRow> {
  for await (const chunk of rows.scanRows(moment.topic, Number.MAX_SAFE_INTEGER)) {
    for (const row of chunk) if (isBefore(row, moment)) yield row
  }
}

function isBefore({ partition, offset }: Pick<NaiveRow, 'partition' | 'offset'>, { ends }: Moment): boolean {
  return offset < (ends.get(partition) ?? 0)
}
