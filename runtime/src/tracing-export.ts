import { setTimeout as sleep } from 'node:timers/promises'
import { context, diag, DiagLogLevel, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes, serviceNameEnvDetector } from '@opentelemetry/resources'
import { AlwaysOnSampler, BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { z } from 'zod'
import type { Logger } from './logger.ts'
import type { traceFields } from './trace-settings.ts'
import { createTracing, type Tracing } from './tracing.ts'

/** What a service without these settings lacks. */
type TracingConfig = Partial<z.output<z.ZodObject<typeof traceFields>>>

export interface OpenTracing extends Tracing {
  /** Sends what was not sent yet, for a bounded time. */
  close(): Promise<void>
}

const exportTimeoutMs = 2000
/** A collector that does not answer must not hold up the end of a process, which has 10 s for all of it. */
const closeTimeoutMs = 1500

/**
 * The traces of this process, in W3C trace context, sent to a collector where one is named (see `traceFields`): without one
 * no trace leaves the process, but its ids still flow. `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME` and
 * `OTEL_EXPORTER_OTLP_HEADERS` are read too, as OpenTelemetry defines them.
 */
export async function openTracing(service: string, config: TracingConfig, logger: Pick<Logger, 'warn'>): Promise<OpenTracing> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const { TRACE_RATIO: ratio = 0, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config
  if (endpoint !== undefined) warnOfExport(logger)
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({ 'service.name': service }).merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    spanProcessors: endpoint === undefined ? [] : [await createExport(endpoint)],
  })
  const tracing = createTracing({ tracer: provider.getTracer('twofold'), ratio })
  // What could not be sent was told already, and is no reason to say that the process ended badly.
  const close = async (): Promise<void> => {
    await Promise.race([provider.shutdown().catch(() => undefined), sleep(closeTimeoutMs, undefined, { ref: false })])
  }
  return { ...tracing, close }
}

/** Loaded only where it is used: it is the larger part of the SDK. */
async function createExport(endpoint: string): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: exportTimeoutMs })
  return new BatchSpanProcessor({ exporter, exportTimeoutMillis: exportTimeoutMs })
}

function warnOfExport(logger: Pick<Logger, 'warn'>): void {
  // The timer of the exporter was set by some step that it is no part of.
  const warn = (reason: string): void => context.with(ROOT_CONTEXT, () => logger.warn('traces are not sent', { reason }))
  const silent = (): void => {}
  diag.setLogger({ error: warn, warn, info: silent, debug: silent, verbose: silent }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
}
