import { boundaryFields, counterFields, httpFields, levelFields, logFields, rowFields, sliceFields, wholeNumber } from '@twofold/runtime/settings.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import { z } from 'zod'

export const servingFields = {
  MAX_LAG_MS: wholeNumber(1).default(5000).describe('A partition further behind than this makes an answer incomplete.'),
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
    ...servingFields,
  })
  .check(keptPastBoundary)
