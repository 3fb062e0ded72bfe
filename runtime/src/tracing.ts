import { type Attributes, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, TraceFlags, type Tracer } from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent, type TraceParent } from '@twofold/core/events/traceparent.ts'
import type { HeaderValue } from '@twofold/core/ports/event-log.ts'
import { systemClock } from './clock.ts'
import { limitPerSecond } from './limit-per-second.ts'

/** One step of a trace: a request, or what became of one record. */
export interface Step {
  /** What a record that follows from this step carries. */
  readonly traceparent: string
  /** Runs the action as a part of the step: what it logs, also later, carries the ids of the trace. */
  run<Result>(action: () => Result): Result
  /** The step is over. What became known on the way may be named now. */
  end(outcome?: StepOutcome): void
}

export interface StepOutcome {
  readonly name?: string
  readonly attributes?: Attributes
  readonly isFailed?: boolean
}

export interface StepOptions {
  readonly name: string
  readonly kind: keyof typeof kinds
  readonly attributes?: Attributes
}

/** As OpenTelemetry tells apart the steps that a trace is made of. */
const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, producer: SpanKind.PRODUCER } as const

/** Traces of the few requests that are traced; what belongs to no trace costs nothing but the question. */
export interface Tracing {
  /** The next step of the trace that a header names; undefined when it names none that is kept. */
  follow(header: HeaderValue | undefined, options: StepOptions): Step | undefined
  /**
   * The step of a request. One that comes with a trace is part of it, if that is kept. Of those without, a share begins one
   * where `mayBegin` says so, but 20 in a second at the most.
   */
  request(header: HeaderValue | readonly string[] | undefined, mayBegin: boolean, options: StepOptions): Step | undefined
}

/** For tools and tests that trace nothing. */
export const noTracing: Tracing = { follow: () => undefined, request: () => undefined }

export interface TracingOptions {
  readonly tracer: Tracer
  /** The share of requests that begin a trace, 0 to 1. */
  readonly ratio: number
  /** From 0 to 1, without 1. */
  readonly random?: () => number
  /** Milliseconds since some moment; never steps. */
  readonly elapsed?: () => number
}

/** So many traces begin within a second at the most: a share of very many requests is more than anybody reads. */
const begunPerSecond = 20

/** Decides by itself what is traced: a sampler of the SDK would make a span of every request first. */
export function createTracing({ tracer, ratio, random = Math.random, elapsed = systemClock.elapsed }: TracingOptions): Tracing {
  const allows = limitPerSecond(begunPerSecond, elapsed)
  const start = (parent: TraceParent | undefined, { name, kind, attributes = {} }: StepOptions): Step => {
    return createStep(tracer.startSpan(name, { kind: kinds[kind], attributes }, parent ? contextOf(parent) : ROOT_CONTEXT))
  }
  return {
    follow(header, options) {
      const parent = parseTraceparent(header)
      return parent?.isSampled ? start(parent, options) : undefined
    },
    request(header, mayBegin, options) {
      const parent = header === undefined ? undefined : parseTraceparent(header)
      if (parent) return parent.isSampled ? start(parent, options) : undefined
      return mayBegin && random() < ratio && allows() ? start(undefined, options) : undefined
    },
  }
}

/** The trace context of what runs now: what a record carries that is written meanwhile. */
export function activeTraceparent(): string | undefined {
  const span = trace.getSpanContext(context.active())
  return span && formatTraceparent({ ...span, isSampled: true })
}

/** What a line of the log tells of the trace that it belongs to. */
export function activeTraceIds(): { readonly traceId: string; readonly spanId: string } | undefined {
  const span = trace.getSpanContext(context.active())
  return span && { traceId: span.traceId, spanId: span.spanId }
}

function createStep(span: Span): Step {
  const { traceId, spanId } = span.spanContext()
  const within = trace.setSpan(ROOT_CONTEXT, span)
  return {
    traceparent: formatTraceparent({ traceId, spanId, isSampled: true }),
    run: (action) => context.with(within, action),
    end({ name, attributes = {}, isFailed = false } = {}) {
      if (name !== undefined) span.updateName(name)
      span.setAttributes(attributes)
      if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

function contextOf({ traceId, spanId }: TraceParent) {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
}
