import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from './logger.ts'
import { activeTraceIds, activeTraceparent, createTracing, noTracing } from './tracing.ts'
import { openTracing } from './tracing-export.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const sampled = `00-${traceId}-b7ad6b7169203331-01`
const unsampled = `00-${traceId}-b7ad6b7169203331-00`
const post = { name: 'POST', kind: 'server' } as const

beforeAll(async () => void (await openTracing('test', {}, silentLogger)))

function start(ratio = 0) {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const draws: number[] = []
  const time = { now: 5500 }
  const tracing = createTracing({ tracer: provider.getTracer('test'), ratio, random: () => draws.shift() ?? 0.5, elapsed: () => time.now })
  return { tracing, exporter, draws, time }
}

describe('a request', () => {
  test('that comes with a trace that is kept is a step of it, whatever the ratio', () => {
    const { tracing, exporter } = start(0)
    const step = tracing.request(sampled, true, post)!
    step.end({ name: 'POST /user', isFailed: true })
    const [span] = exporter.getFinishedSpans()
    expect(step.traceparent).toBe(`00-${traceId}-${span!.spanContext().spanId}-01`)
    expect(span).toMatchObject({ name: 'POST /user', parentSpanContext: { spanId: 'b7ad6b7169203331' }, status: { code: 2 } })
  })

  test('that comes with a trace that nobody keeps is none, also at a ratio of 1', () => {
    expect(start(1).tracing.request(unsampled, true, post)).toBeUndefined()
  })

  test('without a trace, or with none that is valid, begins one as often as the ratio says, if it may', () => {
    const { tracing, draws } = start(0.25)
    draws.push(0.24, 0.25, 0.1)
    expect(tracing.request(undefined, true, post)?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(tracing.request('no trace', true, post)).toBeUndefined()
    expect(tracing.request('no trace', true, post)).toBeDefined()
    draws.push(0)
    expect(tracing.request(undefined, false, post)).toBeUndefined()
  })
})

test('no more than twenty requests of a second begin a trace, while every trace that comes along is followed', () => {
  const { tracing, time } = start(1)
  const begun = (): number => Array.from({ length: 50 }, () => tracing.request(undefined, true, post)).filter(Boolean).length
  expect(begun()).toBe(20)
  time.now = 5999
  expect(begun()).toBe(0)
  expect(tracing.request(sampled, true, post)).toBeDefined()
  time.now = 6000
  expect(begun()).toBe(20)
})

describe('what runs within a step', () => {
  test('knows its ids, also after it waited, and what runs beside it does not', async () => {
    const step = start().tracing.follow(sampled, post)!
    const within = step.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return [activeTraceparent(), activeTraceIds()]
    })
    expect([activeTraceparent(), activeTraceIds()]).toEqual([undefined, undefined])
    expect(await within).toEqual([step.traceparent, { traceId, spanId: step.traceparent.split('-')[2] }])
  })
})

test('a record without a trace that is kept has no step', () => {
  const { tracing } = start(1)
  for (const header of [undefined, unsampled, 'no trace', Buffer.from([0xff])]) expect(tracing.follow(header, post)).toBeUndefined()
  expect(noTracing.follow(sampled, post)).toBeUndefined()
  expect(noTracing.request(sampled, true, post)).toBeUndefined()
})
