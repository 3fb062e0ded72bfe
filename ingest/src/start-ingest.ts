import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createIngest } from './create-ingest.ts'
import { watchAppends } from './watch-appends.ts'

export interface IngestConfig {
  readonly APPEND_TIMEOUT_MS: number
  readonly MAX_WAITING: number
  readonly MAX_BODY_BYTES: number
}

interface Parts {
  readonly log: EventLog
  readonly events: readonly AnyEventType[]
}

/** Starts ingest within a process and answers its routes. */
export function startIngest({ clock, health, metrics, logger, newId }: ServiceContext, { log, events }: Parts, config: IngestConfig): Router[] {
  const { APPEND_TIMEOUT_MS: appendTimeoutMs, MAX_WAITING: maxWaiting, MAX_BODY_BYTES: maxBulkBytes } = config
  const watched = watchAppends(log, () => clock.elapsed())
  health.addCheck('event log writes', async () => watched.refuseFailing())
  // In the trace of the request, so that the line carries its ids.
  const onTraced = (topic: string, count: number): void => logger.info('event appended', { topic, events: count })
  return [createIngest({ log: watched.log, events, clock, newId, metrics, onTraced, appendTimeoutMs, maxWaiting, maxBulkBytes }).router]
}
