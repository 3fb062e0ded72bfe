import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '../deliver-event.ts'
import { createLatencies, type Latencies } from '../latencies.ts'
import { createPoster } from '../post-event.ts'
import { createRandom } from '../random.ts'
import { deliverBatch } from './deliver-batch.ts'
import { type CrowdEvent, type CrowdSettings, simulateCrowd } from './simulate-crowd.ts'
import { wallClock } from './wall-clock.ts'

/** What became of the events so far. */
export interface CrowdCounts {
  taps: number
  likes: number
  acknowledged: number
  /** Requests that were sent again. */
  retried: number
  refused: number
  /** Neither acknowledged nor refused in time: they may be stored or not. */
  givenUp: number
}

export interface SendOptions extends CrowdSettings {
  /** Where events are posted. */
  readonly url: string
  /** All people share these, as behind a gateway. */
  readonly connections: number
  readonly giveUpMs: number
  readonly signal?: AbortSignal | undefined
  /** Called before an event leaves. */
  readonly onSend?: ((event: CrowdEvent) => void) | undefined
  readonly onSettled?: ((event: CrowdEvent, delivery: Delivery) => void) | undefined
  readonly onProgress?: ((counts: CrowdCounts, elapsedMs: number) => void) | undefined
}

export interface SentCrowd {
  readonly counts: CrowdCounts
  /** From when an event was due until it was acknowledged. */
  readonly latencies: Latencies
  readonly elapsedMs: number
  readonly firstRefusal?: string
}

/** What is due within this time travels in one request of each kind. Milliseconds. */
const batchMs = 50
/** Most events of a request. */
const batchLimit = 1000
const requestTimeoutMs = 10_000

/** Sends a crowd's events when they are due, whatever the answers, and resolves when all are settled. */
export async function sendCrowd(options: SendOptions): Promise<SentCrowd> {
  const { url, connections, startedAt, onSend, onSettled, onProgress, signal } = options
  const counts: CrowdCounts = { taps: 0, likes: 0, acknowledged: 0, retried: 0, refused: 0, givenUp: 0 }
  const latencies = createLatencies()
  const elapsed = (): number => wallClock() - startedAt
  const poster = createPoster({ url, connections, timeoutMs: requestTimeoutMs })
  const inFlight = new Set<Promise<void>>()
  let firstRefusal: string | undefined

  const settle = (event: CrowdEvent, delivery: Delivery): void => {
    counts[delivery.outcome]++
    if (delivery.outcome === 'acknowledged') latencies.note(elapsed() - event.dueMs)
    else firstRefusal ??= `${event.topic} ${event.id}: ${delivery.reason}`
    onSettled?.(event, delivery)
  }
  const random = createRandom(~options.seed).next
  const delivery = { poster, giveUpMs: options.giveUpMs, random, onRetry: () => counts.retried++, onSettled: settle }
  const send = (events: readonly CrowdEvent[]): void => {
    counts[events[0]!.topic === 'like' ? 'likes' : 'taps'] += events.length
    if (onSend) for (const event of events) onSend(event)
    const delivered: Promise<void> = deliverBatch(delivery, events).finally(() => inFlight.delete(delivered))
    inFlight.add(delivered)
  }
  try {
    for await (const events of batches(simulateCrowd(options), elapsed, signal)) {
      send(events)
      onProgress?.(counts, elapsed())
    }
    await Promise.all(inFlight)
  } finally {
    poster.close()
  }
  return { counts, latencies, elapsedMs: elapsed(), ...(firstRefusal === undefined ? {} : { firstRefusal }) }
}

/** What became due since the last time, by topic. Ends with the events, or when it is told to. */
async function* batches(events: Iterator<CrowdEvent>, elapsed: () => number, signal?: AbortSignal): AsyncGenerator<CrowdEvent[]> {
  let next = events.next()
  for (let wakeMs = elapsed(); !next.done && !signal?.aborted; ) {
    wakeMs = Math.max(wakeMs + batchMs, elapsed())
    await sleep(Math.max(0, wakeMs - elapsed()))
    const due = { reaction: [] as CrowdEvent[], like: [] as CrowdEvent[] }
    for (const until = elapsed(); !next.done && next.value.dueMs <= until; next = events.next()) {
      const batch = due[next.value.topic]
      batch.push(next.value)
      if (batch.length === batchLimit) yield batch.splice(0)
    }
    for (const batch of Object.values(due)) if (batch.length > 0) yield batch
  }
}
