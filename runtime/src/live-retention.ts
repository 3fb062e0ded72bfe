import type { View } from '@twofold/core/views/view.ts'
import { lengthOf } from '@twofold/core/views/windows.ts'
import { z } from 'zod'

/**
 * Refuses a LIVE_RETENTION_MS in which the longest window of a view, with its grace and its baseline, does not fit
 * twice: a reader that starts while one is open would find its begin gone. Use: `schema.check(keptForWindows(views))`.
 * Runs also when other fields have faults.
 */
export function keptForWindows(views: readonly View[]) {
  return z.superRefine<{ readonly LIVE_RETENTION_MS?: unknown } | undefined>(
    (config, context) => {
      const keptMs = config?.LIVE_RETENTION_MS
      const longest = views.toSorted((left, right) => spanOf(right) - spanOf(left))[0]
      if (typeof keptMs !== 'number' || !longest || keptMs >= 2 * spanOf(longest)) return
      context.addIssue({ code: 'custom', path: ['LIVE_RETENTION_MS'], message: advice(keptMs, longest) })
    },
    { when: () => true },
  )
}

/** How far back what is published of a view may look while its longest window is open, in milliseconds. */
function spanOf({ windows, graceMs, showing }: View): number {
  return Math.max(...windows.map(lengthOf)) + graceMs + (showing?.baselineMs ?? 0)
}

function advice(keptMs: number, view: View): string {
  const neededMs = 2 * spanOf(view)
  return `${keptMs} is less than twice the longest window of ${view.name} with its grace and baseline; set it to at least ${neededMs}`
}
