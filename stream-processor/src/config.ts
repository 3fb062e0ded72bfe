import { boundaryFields, counterFields, httpFields, levelFields, liveFields, logFields, rowFields, sliceFields, wholeNumber } from '@twofold/runtime/settings.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import { z } from 'zod'

export const speedFields = {
  FLUSH_MS: wholeNumber(1, 60_000).default(200).describe('A flush comes this long after the first change, milliseconds.'),
  PROGRESS_MS: wholeNumber(1, 60_000)
    .default(500)
    .describe('How often `view-updates` is told how far the log is processed, milliseconds; windows close by it.'),
  MAX_PENDING: wholeNumber(1).default(50_000).describe('So many records of a partition may wait for a flush.'),
}

export const configSchema = z
  .object({
    ...httpFields,
    ...levelFields,
    ...sliceFields,
    ...logFields,
    ...counterFields,
    ...rowFields,
    ...boundaryFields,
    ...liveFields,
    ...speedFields,
  })
  .check(keptPastBoundary)
