import { z } from 'zod'

/** The settings that this check compares; a service has some of them. */
type Ages = Partial<Record<'SLICE_MS' | 'DEDUP_HORIZON_MS' | 'BOUNDARY_MAX_AGE_MS' | (typeof keepers)[number], unknown>>

const keepers = ['CELL_TTL_MS', 'LOG_RETENTION_MS'] as const

/**
 * Refuses a TTL or a retention that the allowed age of the boundary could outlive: an answer would lack slices that no
 * run has counted yet. Use: `z.object({ ... }).check(keptPastBoundary)`. Runs also when other fields have faults.
 */
export const keptPastBoundary = z.superRefine<Ages>(
  (config, context) => {
    const neededMs = neededAgeMs(config)
    for (const name of keepers) {
      const keptMs = config?.[name]
      if (neededMs === undefined || typeof keptMs !== 'number' || keptMs >= neededMs) continue
      context.addIssue({ code: 'custom', path: [name], message: advice(keptMs, neededMs) })
    }
  },
  { when: () => true },
)

function neededAgeMs(config: Ages | undefined): number | undefined {
  const { BOUNDARY_MAX_AGE_MS: age, DEDUP_HORIZON_MS: horizon, SLICE_MS: slice } = config ?? {}
  if (typeof age !== 'number' || typeof horizon !== 'number' || typeof slice !== 'number') return undefined
  return age + horizon + 2 * slice
}

function advice(keptMs: number, neededMs: number): string {
  return (
    `${keptMs} is less than BOUNDARY_MAX_AGE_MS + DEDUP_HORIZON_MS + 2 * SLICE_MS = ${neededMs}; ` +
    `set it to at least ${neededMs}, or lower BOUNDARY_MAX_AGE_MS`
  )
}
