import type { AnyEventType } from '@twofold/core/events/event.ts'
import { Router } from 'express'
import { createIntake, type IntakeOptions } from './intake.ts'
import { postMany } from './post-many.ts'
import { postOne } from './post-one.ts'

/** What has a sensible value unless a caller knows better. Sizes in bytes, times in milliseconds. */
const defaults = {
  appendTimeoutMs: 10_000,
  maxWaiting: 10_000,
  maxWaitingSize: 256 * 1024 * 1024,
  maxBulkBytes: 8 * 1024 * 1024,
  maxBulkItems: 10_000,
}

type Defaulted = keyof typeof defaults

export interface IngestOptions extends Omit<IntakeOptions, Defaulted>, Partial<Pick<IntakeOptions, Defaulted>> {
  readonly events: readonly AnyEventType[]
}

export interface Ingest {
  /** The routes of every event type. */
  readonly router: Router
}

/** Events in: validates, appends to the log, and acknowledges. Each event type of the list gets its two routes. */
export function createIngest({ events, ...options }: IngestOptions): Ingest {
  const intake = createIntake({ ...defaults, ...options })
  const router = Router()
  for (const type of events) {
    router.post(type.routes.single, postOne(intake, type))
    router.post(type.routes.plural, postMany(intake, type))
  }
  return { router }
}
