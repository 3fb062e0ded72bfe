import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from '@prometheus-io/client'
import { Router } from 'express'

interface MetricOptions<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labels?: readonly Label[]
}

interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  readonly buckets?: readonly number[]
}

/** The figures of one process. Asking again for a name gives the metric that is there: parts of one process share it. */
export interface Metrics {
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>
  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label>
  /** Runs before every scrape, for gauges that are read rather than kept. If it throws, the scrape fails. */
  onScrape(update: () => void | Promise<void>): void
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

/** A registry of its own, not the library's global one. Every metric carries the label `service`. */
export function createMetrics({ service }: { service: string }): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  const updates: (() => void | Promise<void>)[] = []
  const found = <T>(name: string, create: () => T) => (registry.getSingleMetric(name) as T | undefined) ?? create()
  const settings = <Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) => {
    return { name, help, labelNames: labels, registers: [registry] }
  }
  return {
    counter: (options) => found(options.name, () => new Counter(settings(options))),
    gauge: (options) => found(options.name, () => new Gauge(settings(options))),
    histogram: (options) => {
      const buckets = options.buckets ? { buckets: [...options.buckets] } : {}
      return found(options.name, () => new Histogram({ ...settings(options), ...buckets }))
    },
    onScrape: (update) => void updates.push(update),
    contentType: registry.contentType,
    text: async () => {
      for (const update of updates) await update()
      return registry.metrics()
    },
  }
}

/** `GET /metrics`. */
export function createMetricsRouter(metrics: Metrics): Router {
  return Router().get('/metrics', async (_req, res) => {
    const text = await metrics.text()
    res.set('Content-Type', metrics.contentType).end(text)
  })
}
