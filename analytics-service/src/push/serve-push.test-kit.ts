import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
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
    ticker: createTicker({ feed, elapsed, minPauseMs, onError: (fault) => errors.push(fault) }),
    provenance: rememberProvenance({ find: async () => provenance, elapsed, onError: (error) => errors.push(error) }),
    elapsed,
    limits: { ...streamLimits, ...options.limits },
    meter: createStreamMeter(metrics),
    onError: (fault) => errors.push(fault),
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

/** What a client of server-sent events has got so far. */
export interface StreamReader {
  readonly response: IncomingMessage
  readonly frames: readonly Frame[]
  readonly text: string
  /** As a browser notes it: also of a block without data. */
  readonly lastEventId: string
  leave(): void
  /** Waits until something is so. */
  until(isSo: (reader: StreamReader) => boolean): Promise<void>
  /** Waits for so many frames in all, and answers the data of the last one. */
  frame(count: number): Promise<Record<string, unknown>>
  ended(): Promise<void>
}

/** Opens a stream. It is closed after the test. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<StreamReader> {
  const request = get(url, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => {})
  onTestFinished(() => void request.destroy())
  return readStream(response, () => request.destroy())
}

function readStream(response: IncomingMessage, leave: () => void): StreamReader {
  const frames: Frame[] = []
  let [text, rest, lastEventId, isEnded] = ['', '', '', false]
  let changed = Promise.withResolvers<void>()
  const wake = (): void => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  response.setEncoding('utf8')
  response.on('error', () => {})
  response.on('data', (chunk: string) => {
    text += chunk
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop()!
    for (const fields of blocks.map(readFields)) {
      lastEventId = fields.get('id') ?? lastEventId
      if (fields.has('data')) frames.push({ event: fields.get('event'), id: fields.get('id'), data: fields.get('data') })
    }
    wake()
  })
  response.on('close', () => {
    isEnded = true
    wake()
  })
  const reader: StreamReader = {
    response,
    frames,
    get text() {
      return text
    },
    get lastEventId() {
      return lastEventId
    },
    leave,
    async until(isSo) {
      while (!isSo(reader)) {
        if (isEnded) throw new Error(`the stream ended after ${JSON.stringify(text)}`)
        await changed.promise
      }
    },
    async frame(count) {
      await reader.until(() => frames.length >= count)
      return JSON.parse(frames[count - 1]!.data!) as Record<string, unknown>
    },
    async ended() {
      while (!isEnded) await changed.promise
    },
  }
  return reader
}

/** The fields of a block of server-sent events; a comment has no name. */
export function readFields(block: string): Map<string, string> {
  return new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
}
