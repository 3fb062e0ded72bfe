import { describe, expect, test } from 'vitest'
import { formatTraceparent, parseTraceparent, sampledTraceparent } from './traceparent.ts'

const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
const sampled = `00-${traceId}-${spanId}-01`

describe('a traceparent', () => {
  test('says the trace, the step and whether it is kept', () => {
    expect(parseTraceparent(sampled)).toEqual({ traceId, spanId, isSampled: true })
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, isSampled: false })
    expect(parseTraceparent(`00-${traceId}-${spanId}-03`)?.isSampled).toBe(true)
  })

  test('is read from the bytes that a log hands out', () => {
    expect(sampledTraceparent(Buffer.from(sampled))).toBe(sampled)
    expect(sampledTraceparent(Buffer.from([0xff, 0xfe]))).toBeUndefined()
  })

  test('of a trace that nobody keeps is not carried on', () => {
    expect(sampledTraceparent(`00-${traceId}-${spanId}-00`)).toBeUndefined()
    expect(sampledTraceparent(undefined)).toBeUndefined()
  })

  test('is written as it is read', () => {
    expect(formatTraceparent(parseTraceparent(sampled)!)).toBe(sampled)
  })

  test.each([
    'hello',
    '',
    sampled.toUpperCase(),
    `${sampled}-more`,
    `${sampled}\n`,
    sampled.replace('00-', 'ff-'),
    sampled.replace(spanId, '0'.repeat(16)),
    sampled.replace(traceId, '0'.repeat(32)),
  ])('that is not valid is none: %j', (text) => {
    expect(parseTraceparent(text)).toBeUndefined()
  })

  test('that came twice is none', () => {
    expect(parseTraceparent([sampled, sampled])).toBeUndefined()
  })
})
