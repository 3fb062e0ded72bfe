import { baselineSince } from '../serving/look-around.ts'
import type { View } from '../views/view.ts'
import type { Window, WindowRange } from '../views/windows.ts'
import { bucketOf } from './live-key.ts'

/** The event time that a window's report looks at: what it is made of, and what lies before it as its baseline. */
export function lookedAt(view: View, window: Window, { from, until }: WindowRange): WindowRange {
  if (window.kind === 'session') return { from, until }
  return { from: Math.min(from, baselineSince(view, bucketOf({ from, until }))), until }
}
