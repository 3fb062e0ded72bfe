import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { allowOrigin, createCorsRouter } from '@twofold/runtime/allow-origin.ts'
import { createHttpApp, listen, type ListenOptions } from '@twofold/runtime/http-server.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { createMetrics } from '@twofold/runtime/metrics.ts'
import { onTestFinished } from 'vitest'
import type { Provenance } from '../answer-view.ts'
import { createPush } from './create-push.ts'
import { createStreams } from './create-streams.ts'
import { createFakeFeed, type FakeFeed } from './fake-feed.test-kit.ts'
import { rememberProvenance } from './remember-provenance.ts'
import { type StreamLimits, streamLimits } from './stream-limits.ts'
import { createStreamMeter } from './stream-meter.ts'
import { createTicker } from './ticker.ts'

export const provenance: Provenance = {
  asOf: { boundary: null, run: null, appendedAt: null, positions: { 0: 7 }, lagMs: 0 },
  complete: true,
  missing: [],
}

export interface ServeOptions {
  readonly feed?: FakeFeed
  readonly limits?: Partial<StreamLimits>
  readonly origins?: readonly string[]
  readonly maxStreams?: number
  readonly minPauseMs?: number
  readonly views?: Parameters<typeof createPush>[0]['views']
  readonly listenOptions?: Partial<ListenOptions>
}

/** Streams of a fake feed behind a real server. */
export async function servePush(options: ServeOptions = {}) {
  const { feed = createFakeFeed(), origins = [], maxStreams = 1000, minPauseMs = 5 } = options
  const elapsed = (): number => performance.now()
  const metrics = createMetrics({ service: 'test' })
  const errors: unknown[] = []
  const streams = createStreams({
    feed,
    ticker: createTicker({ feed, elapsed, minPauseMs }),
    provenance: rememberProvenance({ find: async () => provenance, elapsed, onError: (error) => errors.push(error) }),
    elapsed,
    limits: { ...streamLimits, ...options.limits },
    meter: createStreamMeter(metrics),
    onError: (error) => errors.push(error),
    maxStreams,
  })
  const isAllowedOrigin = allowOrigin(origins)
  const push = createPush({ views: options.views ?? [emojiCount, likesByVideo], feed, streams, isAllowedOrigin })
  const routers = [createCorsRouter(isAllowedOrigin, ['/views/:name/stream', '/events']), push]
  const app = createHttpApp({ logger: silentLogger, metrics, routers })
  const listener = await listen(app, { host: '127.0.0.1', port: 0, ...options.listenOptions })
  onTestFinished(() => listener.close(0))
  return { ...listener, feed, streams, metrics, errors }
}

export interface Frame {
  readonly event: string | undefined
  readonly id: string | undefined
  readonly data: string | undefined
}

/** A client of server-sent events as far as the tests need one: it keeps everything that it gets. */
export class StreamReader {
  readonly frames: Frame[] = []
  text = ''
  isEnded = false
  /** As a browser notes it: also of a block without data. */
  lastEventId = ''
  readonly #request: ClientRequest
  readonly response: IncomingMessage
  #changed = Promise.withResolvers<void>()
  #rest = ''

  constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => this.#take(chunk))
    response.on('error', () => {})
    response.on('close', () => {
      this.isEnded = true
      this.#wake()
    })
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<StreamReader> {
    const request = get(url, { headers, agent: false })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    request.on('error', () => {})
    const reader = new StreamReader(request, response)
    onTestFinished(() => reader.leave())
    return reader
  }

  leave(): void {
    this.#request.destroy()
  }

  /** Waits until something is so. */
  async until(isSo: (reader: this) => boolean): Promise<this> {
    while (!isSo(this)) {
      if (this.isEnded) throw new Error(`the stream ended after ${JSON.stringify(this.text)}`)
      await this.#changed.promise
    }
    return this
  }

  /** Waits for so many frames in all, and answers the data of the last one. */
  async frame(count: number) {
    await this.until(({ frames }) => frames.length >= count)
    return JSON.parse(this.frames[count - 1]!.data!) as Record<string, unknown>
  }

  async ended(): Promise<void> {
    while (!this.isEnded) await this.#changed.promise
  }

  #take(chunk: string): void {
    this.text += chunk
    const blocks = (this.#rest + chunk).split('\n\n')
    this.#rest = blocks.pop()!
    for (const block of blocks) this.#takeBlock(block)
    this.#wake()
  }

  #takeBlock(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
    this.lastEventId = fields.get('id') ?? this.lastEventId
    if (fields.has('data')) this.frames.push({ event: fields.get('event'), id: fields.get('id'), data: fields.get('data') })
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
