import { z } from 'zod'

const expectedRatio = 'expected a number from 0 to 1'
const expectedUrl = 'expected a URL such as http://collector:4318'

export const traceFields = {
  TRACE_RATIO: z
    .string()
    .trim()
    .regex(/^(0|1|0?\.\d+|1\.0+)$/, expectedRatio)
    .transform(Number)
    .default(0.01)
    .describe('The share of posted requests that begin a trace; one that comes with a sampled `traceparent` is always traced.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .trim()
    .regex(/^https?:\/\/\S+$/i, expectedUrl)
    .optional()
    .describe('Where a collector takes traces, OTLP over HTTP; without it none are sent.'),
}
