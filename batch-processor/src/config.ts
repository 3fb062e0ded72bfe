import { boundaryFields, httpFields, levelFields, logFields, rowFields, sliceFields, wholeNumber } from '@twofold/runtime/settings.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import { validate } from 'node-cron'
import { z } from 'zod'

export const batchFields = {
  BATCH_CRON: z
    .string()
    .refine((expression) => validate(expression), 'must be a cron expression of five or six fields (seconds first)')
    .default('* * * * *')
    .describe('When a run starts, in UTC.'),
  BATCH_KEEP_RUNS: wholeNumber(1, 1000).default(3).describe('How many published runs of a view are kept.'),
  BATCH_SWEEP_GRACE_MS: wholeNumber(0).default(60_000).describe('How long a published run can be read at least, and an unpublished one may take, milliseconds.'),
  BATCH_LEASE_MS: wholeNumber(1000).default(30_000).describe('How long a silent run keeps others from running, milliseconds.'),
  BATCH_START_TIMEOUT_MS: wholeNumber(100).default(60_000).describe('How long `--once` waits for the event log and the row store, milliseconds.'),
  BATCH_ROWS_TIMEOUT_MS: wholeNumber(100).default(120_000).describe('How long a run waits for raw rows, milliseconds.'),
}

export const configSchema = z
  .object({ ...httpFields, ...levelFields, ...sliceFields, ...logFields, ...rowFields, ...boundaryFields, ...batchFields })
  .check(keptPastBoundary)
