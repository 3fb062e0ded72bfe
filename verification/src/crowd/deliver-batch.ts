import { retry } from '@twofold/runtime/backoff.ts'
import { type Delivery, type DeliveryOptions, isRefusal } from '../deliver-event.ts'
import type { CrowdEvent } from './simulate-crowd.ts'

export interface BatchDeliveryOptions extends DeliveryOptions {
  /** Called once for each event. */
  readonly onSettled: (event: CrowdEvent, delivery: Delivery) => void
}

const pathOf = { reaction: '/reactions', like: '/likes' } as const

/**
 * Posts events of one topic together, and those again that were not stored, with the same ids, until every one is
 * acknowledged or refused, or it takes too long.
 */
export async function deliverBatch(options: BatchDeliveryOptions, events: readonly CrowdEvent[]): Promise<void> {
  const { poster, giveUpMs, random, onRetry, onSettled } = options
  const path = pathOf[events[0]!.topic]
  const deadline = performance.now() + giveUpMs
  let left = events
  const attempt = async (): Promise<void> => {
    const answer = await poster.post(path, JSON.stringify(left.map(({ payload }) => payload)))
    const judged = judgeAll(left, answer)
    left = judged.filter(({ verdict }) => verdict === 'again').map(({ event }) => event)
    for (const { event, verdict, reason } of judged) if (verdict !== 'again') onSettled(event, { outcome: verdict, reason })
    if (left.length > 0) throw new Error(judged.find(({ verdict }) => verdict === 'again')!.reason)
  }
  try {
    await retry(attempt, { isRetriable: () => performance.now() < deadline, minMs: 50, maxMs: 2000, random, onRetry })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    for (const event of left) onSettled(event, { outcome: 'givenUp', reason })
  }
}

interface Judged {
  readonly event: CrowdEvent
  readonly verdict: 'acknowledged' | 'refused' | 'again'
  readonly reason: string
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** Results come in the order sent. */
function judgeAll(events: readonly CrowdEvent[], { status, body }: Answer): Judged[] {
  const results = status === 200 ? (JSON.parse(body) as { results: readonly { id?: unknown; status: number }[] }).results : []
  return events.map((event, at) => {
    const result = results[at] ?? { status: status === 200 ? 500 : status }
    const reason = `${result.status} ${body.slice(0, 200)}`
    if (result.status === 202) return { event, verdict: result.id === event.id ? 'acknowledged' : 'refused', reason }
    return { event, verdict: isRefusal(result.status) ? 'refused' : 'again', reason }
  })
}
