import { maxEventBytes } from '@twofold/core/events/fields.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import {
  boundaryFields,
  httpFields,
  levelFields,
  logFields,
  sliceFields,
  wholeNumber,
} from '@twofold/runtime/settings.ts'
import { z } from 'zod'

export const ingestFields = {
  APPEND_TIMEOUT_MS: wholeNumber(1, 60_000).default(10_000).describe('How long a request waits for the event log.'),
  MAX_WAITING: wholeNumber(1).default(10_000).describe('How many requests may wait for the event log; more get 429.'),
  MAX_BODY_BYTES: wholeNumber(maxEventBytes, 256 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe('The longest body of several events, packed and unpacked; longer ones get 413.'),
}

/** Slices and the boundary are here because ingest makes the topics, and so sets how long the log keeps a record. */
export const configSchema = z
  .object({ ...httpFields, ...levelFields, ...logFields, ...sliceFields, ...boundaryFields, ...ingestFields })
  .check(keptPastBoundary)
