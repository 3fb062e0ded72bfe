import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { startServer, type StubApi } from '../stub-api.ts'

/** A service of a test that counts taps by room and window, and streams the counts. */
export interface StubLiveApi extends StubApi {
  /** Requests of streams, in the order in which they came. */
  readonly streams: readonly { readonly rooms: readonly string[]; readonly lastId: string | undefined }[]
  /** Ends all streams. */
  dropAll(): void
}

export interface StubBehaviour {
  readonly isChunked?: boolean
  /** Status of an event's n-th attempt, from 0; 202 when absent. */
  readonly statusOf?: (id: string, attempt: number) => number
  /** What is shown where so many were counted. */
  readonly shownOf?: (count: number) => number
}

interface Tap {
  readonly reaction_id: string
  readonly id: string
  readonly room?: string
  readonly timestamp: string
}

const tickMs = 20
const graceMs = 300

interface Stream {
  readonly rooms: readonly string[]
  readonly lastId: string | undefined
  readonly response: ServerResponse
  /** Rows as they were sent last. */
  readonly sent: Map<string, string>
}

export async function startStubLiveApi(behaviour: StubBehaviour = {}): Promise<StubLiveApi> {
  const { isChunked = false } = behaviour
  const counter = createCounter(behaviour)
  const streams: Stream[] = []
  let tick = 0

  const push = (event: string, { rooms, response, sent }: Stream): void => {
    const rows = counter.rowsOf(rooms).filter(([name, row]) => sent.get(name) !== row)
    for (const [name, row] of rows) sent.set(name, row)
    if (rows.length + Number(event === 'snapshot') === 0 || response.destroyed) return
    const data = `{"view":"mood","rows":[${rows.map(([, row]) => row).join(',')}]}`
    const frame = `event: ${event}\ndata: ${data}\nid: ${tick}\n\n`
    // Frames may come in pieces.
    response.write(frame.slice(0, 40))
    response.write(frame.slice(40))
  }
  const server = await startServer(async (request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
    if (request.method === 'POST') {
      const results = ((await json(request)) as Tap[]).map(counter.take)
      return response.end(JSON.stringify({ results }))
    }
    if (pathname !== '/views/mood/stream') return response.writeHead(404).end()
    if (!isChunked) response.removeHeader('Transfer-Encoding')
    response.writeHead(200, { 'content-type': 'text/event-stream', ...(isChunked ? {} : { connection: 'close' }) })
    response.write('retry: 20\n\n:\n\n')
    const lastId = request.headers['last-event-id']?.toString()
    const stream = { rooms: searchParams.get('rooms')!.split(','), lastId, response, sent: new Map<string, string>() }
    streams.push(stream)
    return push('snapshot', stream)
  })
  const ticking = setInterval(() => {
    tick++
    for (const stream of streams) push('change', stream)
  }, tickMs)
  return {
    url: server.url,
    streams,
    dropAll: () => streams.forEach(({ response }) => response.destroy()),
    async close() {
      clearInterval(ticking)
      await server.close()
    },
  }
}

/** Each id once, by room and window of two seconds. */
function createCounter({ statusOf = () => 202, shownOf = (count) => count }: StubBehaviour) {
  const ids = new Map<string, Set<string>>()
  const attempts = new Map<string, number>()
  return {
    take(tap: Tap): object {
      const id = tap.reaction_id ?? tap.id
      const attempt = attempts.get(id) ?? 0
      attempts.set(id, attempt + 1)
      const status = statusOf(id, attempt)
      const from = Math.floor(Date.parse(tap.timestamp) / 2000) * 2000
      for (const room of status === 202 && tap.room !== undefined ? ['all', tap.room] : []) {
        const name = `${room}/${from}`
        ids.set(name, (ids.get(name) ?? new Set()).add(id))
      }
      return { id, status }
    },
    rowsOf(rooms: readonly string[]): [name: string, row: string][] {
      const wanted = [...ids].filter(([name]) => rooms.includes(name.split('/')[0]!))
      return wanted.map(([name, those]) => [name, rowOf(name, shownOf(those.size))])
    },
  }
}

function rowOf(name: string, count: number): string {
  const [key, start] = name.split('/')
  const [from, until] = [0, 2000].map((more) => new Date(Number(start) + more).toISOString())
  const final = Date.now() > Date.parse(until!) + graceMs
  return JSON.stringify({ key, from, until, value: { count }, final, revision: 0 })
}
