import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { type Answer, readAnswer } from './read-answer.ts'

export interface MomentOptions {
  readonly log: EventLog
  readonly rows: RowStore
  readonly apiUrl: string
  /** How long to look for a moment in which nothing is under way. Milliseconds. */
  readonly timeoutMs: number
  readonly pollMs: number
}

/** Answers of all views of a topic, and raw rows that hold everything which the answers can hold. */
export interface Moment {
  readonly topic: string
  readonly answers: readonly Answer[]
  /** End of every partition after the last answer was read: no answer holds anything from there on. */
  readonly ends: ReadonlyMap<number, number>
  /** First offsets that the log still has. */
  readonly begins: ReadonlyMap<number, number>
}

/**
 * Waits for a moment in which log end, speed positions and row positions agree. Where there is none within the time
 * (events keep arriving) the last complete answers are taken: what arrived while they were read makes bounds instead of
 * one number. Answers the reason, as text, when there was no complete answer or the raw rows don't follow.
 */
export async function findMoment(
  options: MomentOptions,
  topic: string,
  views: readonly string[],
): Promise<Moment | string> {
  const deadline = performance.now() + options.timeoutMs
  const remaining = () => Math.max(options.pollMs, deadline - performance.now())
  let newest: Moment | undefined
  let reason = 'no answer yet'
  do {
    const read = await readMoment(options, topic, views).catch((error: unknown) => describe(error))
    if (typeof read === 'string') reason = read
    else if (isQuiet((newest = read))) break
    await sleep(options.pollMs)
  } while (performance.now() < deadline)
  if (!newest) return reason
  return (await awaitRows(options, newest, remaining)) ?? newest
}

async function readMoment(
  { log, apiUrl }: MomentOptions,
  topic: string,
  views: readonly string[],
): Promise<Moment | string> {
  const answers: Answer[] = []
  for (const view of views) {
    for (const step of ['finest', 'all'] as const) answers.push(await readAnswer(apiUrl, { view, step }))
  }
  const bounds = await log.readBounds(topic)
  const incomplete = answers.find(({ complete }) => !complete)
  if (incomplete) return `the answer of ${incomplete.view} is incomplete: ${incomplete.missing.join('; ')}`
  const ends = new Map(bounds.map(({ partition, end }) => [partition, end]))
  return { topic, answers, ends, begins: new Map(bounds.map(({ partition, begin }) => [partition, begin])) }
}

function isQuiet({ answers, ends }: Moment): boolean {
  return answers.every(({ positions }) => [...ends].every(([partition, end]) => positions.get(partition) === end))
}

/** Undefined once the raw rows reach every end, else the reason. */
async function awaitRows(
  { rows, pollMs }: MomentOptions,
  { topic, ends }: Moment,
  remaining: () => number,
): Promise<string | undefined> {
  const deadline = performance.now() + Math.max(remaining(), 10_000)
  for (;;) {
    const positions = new Map(
      (await rows.readPositions(topic)).map(({ partition, nextOffset }) => [partition, nextOffset]),
    )
    const behind = [...ends].filter(([partition, end]) => (positions.get(partition) ?? -1) < end)
    if (behind.length === 0) return undefined
    if (performance.now() > deadline)
      return `raw rows of ${topic} are behind the log: ${behind.map((b) => describeBehind(b, positions)).join(', ')}`
    await sleep(pollMs)
  }
}

function describeBehind([partition, end]: readonly [number, number], positions: ReadonlyMap<number, number>): string {
  return `partition ${partition} at ${positions.get(partition) ?? 'no position'} of ${end}`
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `${error instanceof Error ? error.message : String(error)}${cause}`
}
