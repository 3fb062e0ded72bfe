import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { updatesTopic } from '@twofold/core/live/updates.ts'
import { headerText } from '@twofold/core/events/envelope.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from './client.ts'
import { createLiveClient } from './live-client.ts'
import { readTopic } from './read-topic.ts'
import { startEmbedded, type System } from './system.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const sampled = `00-${traceId}-b7ad6b7169203331-01`
const unsampled = '00-11111111111111111111111111111111-b7ad6b7169203331-00'

interface LogLine {
  readonly msg: string
  readonly traceId?: string
  readonly spanId?: string
}

/** A collector that remembers the names of the spans of a trace. */
async function startCollector() {
  const spans: { readonly traceId: string; readonly name: string; readonly spanId: string; readonly parentSpanId?: string }[] = []
  const take = async (req: IncomingMessage): Promise<void> => {
    const body = JSON.parse((await buffer(req)).toString()) as { resourceSpans: { scopeSpans: { spans: typeof spans }[] }[] }
    spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
  }
  const server = createServer((req, res) => void take(req).then(() => res.setHeader('content-type', 'application/json').end('{}')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { spans, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

describe('one event, from the request to what is pushed', { timeout: 90_000 }, () => {
  let system: System
  let collector: Awaited<ReturnType<typeof startCollector>>
  const reader = createLiveClient()

  beforeAll(async () => {
    collector = await startCollector()
    system = await startEmbedded({ TRACE_RATIO: '0', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    await reader.open(`${system.analyticsUrl}/views/likes/stream?rooms=traced,untraced&window=1m`)
    await like('untraced', unsampled)
    await like('traced', sampled)
    await reader.until(({ rows }) => ['untraced', 'traced'].every((video) => rows.some(({ key }) => key === video)))
  }, 90_000)
  afterAll(async () => {
    await reader.close()
    await system?.close()
    collector?.close()
  })

  const like = async (video: string, traceparent: string): Promise<void> => {
    const response = await fetch(`${system.ingestUrl}/videos/${video}/likes`, { method: 'POST', headers: { traceparent } })
    expect(response.status).toBe(202)
  }
  /** The process greets whoever started it too. */
  const lines = (): LogLine[] => {
    const whole = system.process('twofold').output().split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
    return whole.map((line) => JSON.parse(line) as LogLine)
  }
  const lineOf = (message: string) => until(async () => lines().find(({ msg }) => msg === message), (line) => line !== undefined)
  const contextOf = ({ headers }: LogRecord): string | undefined => headerText(headers['traceparent'])

  it.each(['event appended', 'event folded', 'event stored', 'change pushed'])('is found by its trace in the log: %s', async (message) => {
    expect(await lineOf(message)).toMatchObject({ traceId, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) })
  })

  it('carries its trace as a header of its record, and of what it changes', async () => {
    const { log } = await system.openStores()
    const [record] = (await readTopic(log, 'like', (records) => records.some(contextOf))).filter(contextOf)
    expect(contextOf(record!)).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))
    const updates = (await readTopic(log, updatesTopic, (records) => records.some(contextOf))).filter(contextOf)
    const folded = await lineOf('event folded')
    expect(new Set(updates.map(contextOf))).toEqual(new Set([`00-${traceId}-${folded!.spanId}-01`]))
  })

  it('is named in the row that is pushed', async () => {
    const { spanId } = (await lineOf('event folded'))!
    const traceparent = `00-${traceId}-${spanId}-01`
    expect(reader.rows.filter((row) => row.traceparent)).toEqual([expect.objectContaining({ key: 'traced', traceparent })])
  })

  it('is a chain of steps at the collector', async () => {
    const names = ['POST /videos/:video_id/likes', 'fold like', 'push likes', 'store like']
    const spans = await until(async () => collector.spans, (found) => names.every((name) => found.some((span) => span.name === name)))
    const parentOf = (name: string) => spans.find((span) => span.spanId === spans.find((child) => child.name === name)?.parentSpanId)?.name
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
    expect(['push likes', 'fold like', 'store like'].map(parentOf)).toEqual(['fold like', names[0], names[0]])
  })

  it('of a trace that nobody keeps leaves none', async () => {
    expect(lines().filter((line) => line.traceId !== undefined && line.traceId !== traceId)).toEqual([])
  })
})
