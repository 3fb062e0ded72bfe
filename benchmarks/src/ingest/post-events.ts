import { connect } from 'node:net'
import { answer, measure } from '../side.ts'
import { reactionAt } from '../workload.ts'

export interface PostOptions {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** 1 posts to `/reaction`, more to `/reactions`. */
  readonly eventsPerRequest: number
}

const lengthHeader = /\r\ncontent-length: (\d+)\r\n/i

/** Requests as bytes made beforehand: a client that costs more than the server would measure itself. */
await answer(async ({ url, connections, seconds, eventsPerRequest }: PostOptions) => {
  const requests = Array.from({ length: 50 }, (_, at) => requestOf(at, eventsPerRequest))
  await postFor(url, requests, connections, Math.min(2, seconds / 2))
  return measure(() => postFor(url, requests, connections, seconds))
})

function requestOf(number: number, events: number): Buffer {
  const reactions = Array.from({ length: events }, (_, at) => reactionAt(number * events + at, Date.now()))
  const body = Buffer.from(JSON.stringify(events === 1 ? reactions[0] : reactions))
  const path = events === 1 ? '/reaction' : '/reactions'
  const headers = ['Host: bench', 'Content-Type: application/json', `Content-Length: ${body.length}`]
  const head = [`POST ${path} HTTP/1.1`, ...headers, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head), body])
}

/** Answers how many requests were answered with 2xx; any other answer ends the benchmark. */
async function postFor(
  url: string,
  requests: readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<number> {
  const until = performance.now() + seconds * 1000
  const counts = await Promise.all(Array.from({ length: connections }, () => postOn(url, requests, until)))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** One connection: the next request follows the answer to the last. */
function postOn(url: string, requests: readonly Buffer[], until: number): Promise<number> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let count = 0
  let received = ''
  return new Promise((resolve, reject) => {
    socket.on('connect', () => socket.write(requests[0]!))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const end = endOfAnswer(received)
      if (end === undefined) return
      if (!received.startsWith('HTTP/1.1 20')) reject(new Error(received.slice(0, 500)))
      received = received.slice(end)
      count += 1
      if (performance.now() < until) socket.write(requests[count % requests.length]!)
      else socket.end(() => resolve(count))
    })
  })
}

function endOfAnswer(received: string): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = lengthHeader.exec(received.slice(0, head + 2))?.[1]
  if (length !== undefined) {
    const end = head + 4 + Number(length)
    return received.length >= end ? end : undefined
  }
  const last = received.indexOf('\r\n0\r\n\r\n', head)
  return last < 0 ? undefined : last + 7
}
