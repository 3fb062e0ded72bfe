import { setTimeout as sleep } from 'node:timers/promises'
import { compareAnswer, type Difference } from './compare-answer.ts'
import type { NaiveView } from './naive-view.ts'
import { type Answer, readAnswer } from './read-answer.ts'
import type { SimulatedEvent } from './simulate-events.ts'
import { createTally, type Tally } from './tally.ts'

/** An answer that can't be right, whatever is still under way. */
export interface Violation {
  /** When it was answered, milliseconds since 1970. */
  readonly at: number
  readonly kind: 'more than sent' | 'fewer than before'
  readonly answered: Pick<Answer, 'boundary' | 'complete'> & { readonly positions: Readonly<Record<string, number>> }
  /** What differs; `atMost` is what was sent, or `expected` what was answered before. */
  readonly difference: Difference
}

export interface WatchOptions {
  readonly apiUrl: string
  /** Only views of counts: the store must be empty of events that `noteSent` is not told of. */
  readonly naiveViews: readonly NaiveView[]
  readonly pollMs?: number
  /** Buckets that end earlier than this before now are checked by their totals only. Milliseconds. */
  readonly recentMs?: number
}

export interface WatchResult {
  readonly answers: number
  /** Answers that said of themselves that they were incomplete. */
  readonly incomplete: number
  /** Requests that were not answered. */
  readonly failures: number
  readonly violations: readonly Violation[]
}

export interface Watch {
  /** Tell it of every event before it leaves. Repeats must not be told. */
  noteSent(event: Pick<SimulatedEvent, 'topic' | 'id' | 'payload'>): void
  stop(): Promise<WatchResult>
}

const maxViolations = 20

/**
 * Reads the views again and again while events are sent, and holds each answer against what was sent by then: at no
 * moment may a total or a bucket be larger, and no total that was complete may shrink.
 */
export function watchAnswers({ apiUrl, naiveViews, pollMs = 200, recentMs = 120_000 }: WatchOptions): Watch {
  const sent = new Map(naiveViews.map((view) => [view, createTally(view)]))
  const totals = new Map<string, number>()
  const stopping = new AbortController()
  const result = { answers: 0, incomplete: 0, failures: 0, violations: [] as Violation[] }
  const report = (answer: Answer, kind: Violation['kind'], difference: Difference): void => {
    const { boundary, complete, positions } = answer
    const answered = { boundary, complete, positions: Object.fromEntries(positions) }
    if (result.violations.length < maxViolations) result.violations.push({ at: Date.now(), kind, answered, difference })
  }
  const look = async (view: NaiveView, step: Answer['step']): Promise<void> => {
    const range = step === 'all' ? {} : { from: Date.now() - recentMs }
    const answer = await readAnswer(apiUrl, { view: view.view, step, ...range }, stopping.signal)
    result.answers++
    if (!answer.complete) result.incomplete++
    for (const difference of findExcess(view, answer, sent.get(view)!)) report(answer, 'more than sent', difference)
    for (const difference of findShrunk(answer, totals)) report(answer, 'fewer than before', difference)
  }
  const noteFailure = (): void => {
    if (!stopping.signal.aborted) result.failures++
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const view of naiveViews) {
        for (const step of ['all', 'finest'] as const) await look(view, step).catch(noteFailure)
      }
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const running = run()
  return {
    noteSent({ topic, id, payload }) {
      // Its place in the log, and the time where it carries none, are the log's and ingest's to know.
      const row = {
        id,
        payload: JSON.stringify(payload),
        occurredAt: Number.NaN,
        appendedAt: 0,
        partition: 0,
        offset: 0,
      }
      for (const [view, tally] of sent) if (view.topic === topic) tally.add(row)
    },
    async stop() {
      stopping.abort()
      await running
      return result
    },
  }
}

/** Rows that hold more than was sent until now, which is no less than when the answer was made. */
function* findExcess(view: NaiveView, answer: Answer, sent: Tally): Generator<Difference> {
  const hasTimes = [...sent.keys].every((key) => [...sent.bucketsOf(key)].length > 0)
  if (answer.step === 'all' || hasTimes)
    yield* compareAnswer(view, answer, { certain: createTally(view), possible: sent })
}

function* findShrunk({ view, step, complete, rows }: Answer, totals: Map<string, number>): Generator<Difference> {
  if (step !== 'all' || !complete) return
  const answered = new Map(rows.map(({ key, value }) => [key, value]))
  for (const [name, before] of totals) {
    const [ofView, key] = JSON.parse(name) as [string, string]
    const now = answered.get(key)
    if (ofView !== view || (typeof now === 'number' && now >= before)) continue
    yield { view, step, key, from: null, until: null, expected: before, answered: now }
  }
  for (const [key, value] of answered) if (typeof value === 'number') totals.set(JSON.stringify([view, key]), value)
}
