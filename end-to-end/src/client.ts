import { setTimeout as sleep } from 'node:timers/promises'
import type { Analytics } from '@twofold/analytics-service/answer-analytics.ts'
import type { ViewAnswer } from '@twofold/analytics-service/answer-view.ts'
import type { System } from './system.ts'

export interface Answer<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** A user of the system: HTTP only. */
export interface Client {
  post(path: string, body: unknown, contentType?: string): Promise<Answer<{ id: string; results: { id: string; status: number }[] }>>
  view(name: string, query?: string): Promise<Answer<ViewAnswer>>
  analytics(query?: string): Promise<Answer<Analytics>>
  get<Body>(url: string, headers?: Record<string, string>): Promise<Answer<Body>>
}

export function createClient({ ingestUrl, analyticsUrl }: Pick<System, 'ingestUrl' | 'analyticsUrl'>): Client {
  const get = async <Body>(url: string, headers: Record<string, string> = {}): Promise<Answer<Body>> => {
    return answerOf<Body>(await fetch(url, { headers }))
  }
  return {
    get,
    async post(path, body, contentType = 'application/json') {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return answerOf(await fetch(`${ingestUrl}${path}`, { method: 'POST', body: text, headers: { 'content-type': contentType } }))
    },
    view: (name, query = '') => get<ViewAnswer>(`${analyticsUrl}/views/${name}${query}`),
    analytics: (query = '') => get<Analytics>(`${analyticsUrl}/analytics${query}`),
  }
}

async function answerOf<Body>(response: Response): Promise<Answer<Body>> {
  const text = await response.text()
  const body = (text === '' ? null : JSON.parse(text)) as Body
  return { status: response.status, headers: response.headers, body }
}

/** Reads until what was read satisfies; fails with the last answer after a generous time. */
export async function until<Result>(read: () => Promise<Result>, isWanted: (result: Result) => boolean, timeoutMs = 20_000): Promise<Result> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const result = await read()
    if (isWanted(result)) return result
    if (Date.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms; last: ${JSON.stringify(result).slice(0, 2000)}`)
    await sleep(50)
  }
}
