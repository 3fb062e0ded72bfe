import { expect, test } from 'vitest'
import { z } from 'zod'
import { traceFields } from './trace-settings.ts'

const schema = z.object(traceFields)

test.each([['0', 0], ['1', 1], ['0.5', 0.5], ['.01', 0.01], ['1.0', 1], [' 0.25 ', 0.25]])('%j is a share of requests', (text, ratio) => {
  expect(schema.parse({ TRACE_RATIO: text }).TRACE_RATIO).toBe(ratio)
})

test.each(['', '-0.1', '1.1', '2', '1e-3', 'all', '0.5x'])('%j is no share of requests', (text) => {
  expect(schema.safeParse({ TRACE_RATIO: text }).success).toBe(false)
})

test('a collector is named by a URL, or not at all', () => {
  expect(schema.parse({})).toEqual({ TRACE_RATIO: 0.01 })
  expect(schema.parse({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }).OTEL_EXPORTER_OTLP_ENDPOINT).toBe('http://collector:4318')
  expect(schema.safeParse({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }).success).toBe(false)
})
