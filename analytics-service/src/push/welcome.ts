import type { Buffer } from 'node:buffer'
import type { View } from '@twofold/core/views/view.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import type { LiveFeed, Vector } from '../live/live-feed.ts'
import { type FrameWriter, placeFrame } from './frames.ts'
import type { Start } from './reader.ts'
import type { StreamLimits } from './stream-limits.ts'
import { encodeVector, isAhead } from './vector-text.ts'

interface WelcomeParts {
  readonly feed: LiveFeed
  readonly view: View
  readonly window: string
  readonly limits: StreamLimits
  readonly writer: FrameWriter
  /** Where the feed stands. */
  readonly position: Vector
}

/**
 * What a reader who joins is told first: a frame, a refusal, or that its place is ahead of the feed's or no longer
 * remembered.
 */
type Welcome = Buffer | HttpProblem | 'ahead' | 'forgotten'

type Keys = ReadonlySet<string> | undefined

/** Makes the first frames of those who join a group at one tick; the same one is made once. */
export function createWelcome(keys: Keys, parts: WelcomeParts): (start: Start) => Welcome {
  const known = new Map<string, Welcome>()
  return (start) => {
    const name = typeof start === 'string' ? start : encodeVector(start.since)
    const made = known.get(name) ?? (typeof start === 'string' ? snapshot(parts, keys, start) : missed(parts, keys, start.since))
    known.set(name, made)
    return made
  }
}

function snapshot({ feed, view, window, limits, writer }: WelcomeParts, keys: Keys, event: 'snapshot' | 'resync'): Buffer | HttpProblem {
  const rows = feed.snapshot(view, window, keys)
  if (rows.length <= limits.maxSnapshotRows) return writer.snapshot(rows, event)
  const detail = `these are ${rows.length} windows, and a stream begins with ${limits.maxSnapshotRows} at most; name the keys that you need`
  return new HttpProblem({ status: 422, detail })
}

function missed({ feed, view, window, limits, writer, position }: WelcomeParts, keys: Keys, since: Vector): Welcome {
  if (isAhead(since, position)) return 'ahead'
  const changes = feed.changesSince(view, window, since, keys)
  if (!changes || changes.rows.length + changes.corrections.length > limits.maxMissedRows) return 'forgotten'
  return writer.changes(changes) ?? placeFrame(encodeVector(position))
}
