import { retry } from '@twofold/runtime/backoff.ts'
import type { Poster } from './post-event.ts'
import type { SimulatedEvent } from './simulate-events.ts'

/** How sending an event ended. */
export type Delivery =
  { readonly outcome: 'acknowledged' } | { readonly outcome: 'refused' | 'givenUp'; readonly reason: string }

export interface DeliveryOptions {
  readonly poster: Poster
  /** Milliseconds. */
  readonly giveUpMs: number
  readonly random: () => number
  readonly onRetry: () => void
}

/** An answer that another attempt can't change. */
class Refusal extends Error {}

/** Posts an event until it is acknowledged: always the same id and payload, so that a repeat is known as one. */
export async function deliverEvent(
  { poster, giveUpMs, random, onRetry }: DeliveryOptions,
  { id, path, payload }: SimulatedEvent,
): Promise<Delivery> {
  const body = JSON.stringify(payload)
  const deadline = performance.now() + giveUpMs
  const isRetriable = (error: unknown): boolean => !(error instanceof Refusal) && performance.now() < deadline
  try {
    await retry(async () => checkAnswer(await poster.post(path, body), id), {
      isRetriable,
      minMs: 50,
      maxMs: 2000,
      random,
      onRetry,
    })
    return { outcome: 'acknowledged' }
  } catch (error) {
    return {
      outcome: error instanceof Refusal ? 'refused' : 'givenUp',
      reason: error instanceof Error ? error.message : String(error),
    }
  }
}

/** Whether another attempt would be answered the same. */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429 && status !== 408
}

function checkAnswer({ status, body }: Awaited<ReturnType<Poster['post']>>, id: string): void {
  if (status === 202) {
    if ((JSON.parse(body) as { id?: unknown }).id === id) return
    throw new Refusal(`acknowledged under another id: ${body.slice(0, 200)}`)
  }
  const message = `${status} ${body.slice(0, 200)}`
  throw isRefusal(status) ? new Refusal(message) : new Error(message)
}
