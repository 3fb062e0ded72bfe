import type { Correction, Report } from '@twofold/core/live/report.ts'
import { allTimeFrom } from '@twofold/core/ports/row-store.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { Window } from '@twofold/core/views/windows.ts'
import type { LiveChanges, LiveCorrection, LiveRow } from './live-feed.ts'
import type { LivePartition } from './live-partition.ts'

export interface Question {
  readonly window: Window
  readonly since: number
  readonly keys: ReadonlySet<string> | undefined
}

/** What changed of a window's reports in one partition; undefined when that is not remembered. */
export function changesIn(partition: LivePartition, view: View, { window, since, keys }: Question): LiveChanges | undefined {
  const liveView = partition.liveViewOf(view)
  const found = liveView.since(window, since, keys)
  if (!found) return undefined
  // While an update waits for a store, what was read for it stands at a place that nobody was told of yet.
  const corrections = found.events.filter(({ place }) => place <= partition.place)
  const corrected = new Map(corrections.map(({ report, place }) => [report, place]))
  // A correction tells all that its window's row would.
  const subjects = found.subjects.filter((report) => report.changedAt <= partition.place && corrected.get(report) !== report.changedAt)
  return { rows: subjects.map((report) => changedRowOf(report, liveView.valueOf(report), since)), corrections: corrections.map(correctionOf) }
}

/** A trace that was told before is not told again. */
function changedRowOf(report: Report, value: unknown, since: number): LiveRow {
  const { traced } = report
  return traced === undefined || traced.place <= since ? rowOf(report, value) : { ...rowOf(report, value), traceparent: traced.traceparent }
}

export function rowOf({ key, from, until, final, revision }: Report, value: unknown): LiveRow {
  const isAllTime = from === allTimeFrom
  return { key, from: isAllTime ? null : from, until: isAllTime ? null : until, value, final, revision }
}

export function correctionOf({ report, revision, previous, value, correctedAt, traceparent }: Correction): LiveCorrection {
  return { ...rowOf(report, value), revision, previous, correctedAt, ...(traceparent === undefined ? {} : { traceparent }) }
}
