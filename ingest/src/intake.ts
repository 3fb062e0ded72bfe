import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { EventSources } from './accept-event.ts'
import { createAppender, type Appender, type AppendLimits } from './append-in-time.ts'

export interface BulkLimits {
  readonly maxBulkBytes: number
  readonly maxBulkItems: number
}

/** What the routes share. */
export interface Intake extends EventSources, BulkLimits, Pick<Appender, 'append'> {
  /** Notes what an event was answered with. */
  count(topic: string, status: number): void
  readonly onTraced?: OnTraced
}

/** So many events of a request that is traced were appended. */
type OnTraced = (topic: string, events: number) => void

export interface IntakeOptions extends EventSources, BulkLimits, AppendLimits {
  readonly log: Pick<EventLog, 'append'>
  readonly metrics?: Metrics
  readonly onTraced?: OnTraced
}

export function createIntake({ log, metrics, ...options }: IntakeOptions): Intake {
  const { append, waiting } = createAppender(log, options)
  return { ...options, append, count: metrics ? createCount(metrics, waiting) : () => {} }
}

/** Counts in plain numbers, which a scrape brings to the metric: finding a metric's labels costs more than an event. */
function createCount(metrics: Metrics, waiting: () => number): Intake['count'] {
  const labels = ['topic', 'status'] as const
  const help = 'Events by what they were answered with.'
  const events = metrics.counter({ name: 'ingest_events_total', help, labels })
  const backlog = metrics.gauge({ name: 'ingest_waiting_requests', help: 'Requests that wait for the event log.' })
  const counts = new Map<string, Map<number, number>>()
  metrics.onScrape(() => {
    backlog.set(waiting())
    for (const [topic, byStatus] of counts) {
      for (const [status, count] of byStatus) events.inc({ topic, status }, count)
    }
    counts.clear()
  })
  return (topic, status) => {
    const byStatus = counts.get(topic) ?? new Map<number, number>()
    if (byStatus.size === 0) counts.set(topic, byStatus)
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
  }
}
