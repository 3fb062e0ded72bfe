import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import type { Router } from 'express'
import { createIngest } from './create-ingest.ts'

export interface IngestConfig {
  readonly APPEND_TIMEOUT_MS: number
  readonly MAX_WAITING: number
}

interface Parts {
  readonly log: EventLog
  readonly events: readonly AnyEventType[]
}

/** Starts ingest within a process and answers its routes. */
export function startIngest({ clock, metrics, newId }: ServiceContext, parts: Parts, config: IngestConfig): Router[] {
  const { APPEND_TIMEOUT_MS: appendTimeoutMs, MAX_WAITING: maxWaiting } = config
  return [createIngest({ ...parts, clock, newId, metrics, appendTimeoutMs, maxWaiting }).router]
}
