import { boundaryFields, httpFields, levelFields, logFields, rowFields, sliceFields } from '@twofold/runtime/settings.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import { z } from 'zod'

export const configSchema = z
  .object({ ...httpFields, ...levelFields, ...sliceFields, ...logFields, ...rowFields, ...boundaryFields })
  .check(keptPastBoundary)
