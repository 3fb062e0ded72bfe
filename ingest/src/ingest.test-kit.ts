import { request, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { events } from '@twofold/core/events/index.ts'
import type { AppendedRecord, NewRecord } from '@twofold/core/ports/event-log.ts'
import { createHttpApp, listen } from '@twofold/runtime/http-server.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { createMetrics, type Metrics } from '@twofold/runtime/metrics.ts'
import { traceHttp } from '@twofold/runtime/trace-http.ts'
import { openTracing } from '@twofold/runtime/tracing-export.ts'
import { Router } from 'express'
import { onTestFinished } from 'vitest'
import { createIngest, type IngestOptions } from './create-ingest.ts'

/** What the clock of the tests says. */
export const now = Date.UTC(2026, 0, 1)

interface Append {
  readonly topic: string
  readonly records: readonly NewRecord[]
}

/** A log that remembers what it was given, and answers when and how the test wants. */
export function createFakeLog(answer: () => Promise<unknown> = () => Promise.resolve()) {
  const appends: Append[] = []
  return {
    appends,
    records: () => appends.flatMap(({ records }) => records),
    append: async (topic: string, records: readonly NewRecord[]): Promise<AppendedRecord[]> => {
      appends.push({ topic, records })
      await answer()
      return records.map((_record, offset) => ({ partition: 0, offset, appendedAt: now }))
    },
  }
}

export interface Served {
  readonly url: string
  readonly metrics: Metrics
}

/** Ingest behind a real server. Its ids are n1, n2, ... */
export async function serveIngest(options: Pick<IngestOptions, 'log'> & Partial<IngestOptions>): Promise<Served> {
  let made = 0
  const metrics = createMetrics({ service: 'test' })
  const newId = () => `n${(made += 1)}`
  const { router } = createIngest({ events, clock: { now: () => now }, newId, metrics, ...options })
  const tracing = await openTracing('test', {}, silentLogger)
  const traced = Router().use(traceHttp(tracing))
  const app = createHttpApp({ logger: silentLogger, metrics, routers: [traced, router, { path: '/ingress', router }] })
  const listener = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close(0))
  return { url: listener.url, metrics }
}

export interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is looked at, not relied on
  readonly body: any
}

/** Sends a request as it stands: nothing is added but the length of the body. */
export function send(url: string, { method = 'POST', path, headers = {}, body = '' }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) }
    const options = { hostname, port, method, path, headers: { ...headers, ...length }, agent: false as const }
    const sent = request(options, (answer) => {
      const read = async (): Promise<Answer> => {
        return { status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(await text(answer)) }
      }
      read().then(resolve, reject)
    })
    sent.on('error', reject).end(body)
  })
}

export function postJson(url: string, path: string, value: unknown, headers = {}): Promise<Answer> {
  return send(url, { path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) })
}

export function postLines(url: string, path: string, body: string): Promise<Answer> {
  return send(url, { path, headers: { 'content-type': 'application/x-ndjson' }, body })
}
