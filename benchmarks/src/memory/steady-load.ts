import { setTimeout as sleep } from 'node:timers/promises'
import { reactions } from '@twofold/core/events/reaction.ts'
import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { openLog } from '../stores.ts'
import { reactionAt, recordAt } from '../workload.ts'

/** Sends events with growing numbers, at a steady rate, until so many were sent. */
export interface Load {
  until(count: number): Promise<void>
  close(): Promise<void>
}

const chunk = 500

function createLoad(perSecond: number, send: (first: number) => Promise<unknown>, close: () => Promise<void>): Load {
  let sent = 0
  return {
    async until(count) {
      const [startedAt, first] = [performance.now(), sent]
      while (sent < count) {
        await sleep(Math.max(0, startedAt + ((sent - first) / perSecond) * 1000 - performance.now()))
        await send(sent)
        sent += chunk
      }
    },
    close,
  }
}

/** Straight into the log. `logPerSecond`: the rate by the log's own clock, where that can be chosen (SQLite). */
export async function loadLog(urls: StoreUrls, perSecond: number, logPerSecond: number, total: number): Promise<Load> {
  const startedAt = Date.now() - (total / logPerSecond) * 1000
  let sent = 0
  const now = (): number => Math.floor(startedAt + (sent / logPerSecond) * 1000)
  const log = await openLog(urls, now)
  const send = (first: number): Promise<unknown> => {
    sent = first
    return log.append(reactions.topic, Array.from({ length: chunk }, (_, at) => recordAt(first + at, now())))
  }
  return createLoad(perSecond, send, () => log.close())
}

/** Over HTTP, as clients do. */
export function loadHttp(url: string, perSecond: number): Load {
  const send = async (first: number): Promise<void> => {
    const now = Date.now()
    const body = Array.from({ length: chunk }, (_, at) => {
      return { reaction_id: `r${first + at}`, ...reactionAt(first + at, now) }
    })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/reactions`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`POST /reactions answered ${response.status}`)
    await response.arrayBuffer()
  }
  return createLoad(perSecond, send, async () => undefined)
}
