import { isTime } from '@twofold/core/live/updates.ts'
import type { View } from '@twofold/core/views/view.ts'

/**
 * Whether a view can do with a state what it does with its own. What another program wrote into the topic would throw
 * at every later update of the same bucket.
 */
export function isStateOf({ fold, windows }: View, state: unknown): boolean {
  try {
    if (JSON.stringify(fold.valueOf(fold.merge(state, state))) === undefined) return false
  } catch {
    return false
  }
  return !windows.some(({ kind }) => kind === 'session') || (state as unknown[]).every(isSession)
}

function isSession(session: unknown): boolean {
  return Array.isArray(session) && session.length === 3 && session.slice(0, 2).every(isTime)
}
