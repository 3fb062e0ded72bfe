import { setTimeout as sleep } from 'node:timers/promises'
import { deliverEvent, type Delivery } from './deliver-event.ts'
import { createLatencies, type Latencies } from './latencies.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { createPoster } from './post-event.ts'
import { createRandom } from './random.ts'
import { type EventSettings, simulateEvents, type SimulatedEvent } from './simulate-events.ts'

/** What happened so far. Repeats are requests, not events. */
export interface SimulationCounts {
  /** Requests, without their retries. */
  sent: number
  /** Requests that were sent again by intention. */
  repeats: number
  acknowledged: number
  retried: number
  /** Answered with a 4xx: they can't succeed. */
  refused: number
  /** Neither acknowledged nor refused in time: they may be stored or not. */
  givenUp: number
}

export interface SimulationProgress extends SimulationCounts {
  readonly elapsedMs: number
  readonly inFlight: number
}

export interface SimulateOptions extends Partial<EventSettings> {
  /** Where events are posted, for example `http://127.0.0.1:8080`. */
  readonly url: string
  readonly rate: number
  readonly durationMs: number
  readonly seed: number
  readonly connections?: number
  readonly requestTimeoutMs?: number
  /** How long an event is retried. Milliseconds. */
  readonly giveUpMs?: number
  /** File of the ledger; without it the ledger is kept in memory only. */
  readonly ledgerPath?: string
  /** Aborted: nothing new is sent, what is under way is finished. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: SimulationProgress) => void
  /** Called before an event leaves for the first time. */
  readonly onSend?: (event: SimulatedEvent) => void
}

export interface Simulation {
  /** Closed already; it can still be read. */
  readonly ledger: Ledger
  /** From when an event was due until it was acknowledged, with all retries. */
  readonly latencies: Latencies
  readonly counts: SimulationCounts
  readonly elapsedMs: number
  /** What the first refused event was told. */
  readonly firstRefusal?: string
}

const progressMs = 500

/**
 * Sends seeded traffic at a fixed rate, whatever the answers (an open loop: a slow service gets no less to do, and
 * latencies count from when an event was due). What fails is retried with the same id until it is acknowledged.
 */
export async function simulate(options: SimulateOptions): Promise<Simulation> {
  const { url, connections = 128, requestTimeoutMs = 10_000, giveUpMs = 60_000, onProgress, onSend } = options
  const settings = { clients: 1000, repeats: 0.2, late: 0.05, repeatWithinMs: 2000, startedAt: Date.now(), ...options }
  const ledger = openLedger(options.ledgerPath)
  const poster = createPoster({ url, connections, timeoutMs: requestTimeoutMs })
  const counts: SimulationCounts = { sent: 0, repeats: 0, acknowledged: 0, retried: 0, refused: 0, givenUp: 0 }
  const latencies = createLatencies()
  const random = createRandom(~settings.seed)
  const begin = performance.now()
  const elapsed = () => performance.now() - begin
  const inFlight = new Set<Promise<void>>()
  let firstRefusal: string | undefined

  const settle = (event: SimulatedEvent, delivery: Delivery): void => {
    counts[delivery.outcome]++
    if (delivery.outcome !== 'givenUp') ledger.noteOutcome(event, delivery.outcome)
    if (delivery.outcome === 'acknowledged') latencies.note(elapsed() - event.dueMs)
    if (delivery.outcome === 'refused') firstRefusal ??= `${event.topic} ${event.id}: ${delivery.reason}`
  }
  const send = (event: SimulatedEvent): void => {
    counts.sent++
    if (event.isRepeat) counts.repeats++
    else onSend?.(event)
    ledger.noteSent(event)
    const delivered = deliverEvent({ poster, giveUpMs, random: random.next, onRetry: () => counts.retried++ }, event)
    const settled: Promise<void> = delivered
      .then((delivery) => settle(event, delivery))
      .finally(() => inFlight.delete(settled))
    inFlight.add(settled)
  }
  const report = () => onProgress?.({ ...counts, elapsedMs: elapsed(), inFlight: inFlight.size })
  const reporting = setInterval(report, progressMs)
  try {
    for await (const event of pace(simulateEvents(settings), elapsed, options.signal)) send(event)
    await Promise.all(inFlight)
  } finally {
    clearInterval(reporting)
    poster.close()
    ledger.close()
  }
  report()
  return { ledger, latencies, counts, elapsedMs: elapsed(), ...(firstRefusal === undefined ? {} : { firstRefusal }) }
}

/** Hands out each event when it is due, overdue ones at once, but never so many that answers can't be read. */
async function* pace(
  events: Iterable<SimulatedEvent>,
  elapsed: () => number,
  signal?: AbortSignal,
): AsyncGenerator<SimulatedEvent> {
  let overdue = 0
  for (const event of events) {
    if (signal?.aborted) return
    const waitMs = event.dueMs - elapsed()
    if (waitMs > 0.5) await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => {})
    else if (++overdue % 32 === 0) await sleep(0)
    if (signal?.aborted) return
    yield event
  }
}
