import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { keyHeaders } from './key-headers.ts'

export interface PostAnswer {
  readonly status: number
  readonly body: string
}

/** Posts JSON over connections that are kept alive. */
export interface Poster {
  post(path: string, body: string): Promise<PostAnswer>
  close(): void
}

export interface PosterOptions {
  readonly url: string
  /** Most connections; further requests wait for one. */
  readonly connections: number
  /** A request without an answer fails after this long. Milliseconds. */
  readonly timeoutMs: number
}

/** Node's own client, because `fetch` can't be told how many connections it may open. */
export function createPoster({ url, connections, timeoutMs }: PosterOptions): Poster {
  const base = url.replace(/\/$/, '')
  const isSecure = base.startsWith('https:')
  const settings = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections }
  const agent = isSecure ? new HttpsAgent(settings) : new HttpAgent(settings)
  const start = isSecure ? requestHttps : requestHttp

  const post = (path: string, body: string): Promise<PostAnswer> => {
    const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>()
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...keyHeaders() }
    const request = start(`${base}${path}`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      response.on('close', () => reject(new Error('the connection was closed before the answer ended')))
    })
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    request.on('error', reject)
    request.end(body)
    return promise
  }
  return { post, close: () => agent.destroy() }
}
