import type { HeaderValue } from '../ports/event-log.ts'
import { headerText } from './envelope.ts'

/** The header of W3C trace context, https://www.w3.org/TR/trace-context/, in requests and in records of the log. */
export const traceHeader = 'traceparent'

/** Whom a step of a trace follows. */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  /** False where nobody keeps the trace: then nothing of it is carried on. */
  readonly isSampled: boolean
}

const pattern = /^(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/
const sampledFlag = 1

/** What a header says, if it is one that is valid. */
export function parseTraceparent(value: HeaderValue | readonly string[] | undefined): TraceParent | undefined {
  const text = isList(value) ? undefined : headerText(value)
  const [, traceId, spanId, flags] = (text !== undefined && pattern.exec(text)) || []
  if (traceId === undefined || spanId === undefined) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags!, 16) & sampledFlag) !== 0 }
}

/** The text of a header that is valid and of a trace that is kept; a record without one costs one look. */
export function sampledTraceparent(value: HeaderValue | undefined): string | undefined {
  return value !== undefined && parseTraceparent(value)?.isSampled ? headerText(value) : undefined
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

function isList(value: HeaderValue | readonly string[] | undefined): value is readonly string[] {
  return Array.isArray(value)
}
