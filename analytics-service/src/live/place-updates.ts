import { sampledTraceparent, traceHeader } from '@twofold/core/events/traceparent.ts'
import type { LiveView } from '@twofold/core/live/live-view.ts'
import type { Place } from '@twofold/core/live/report.ts'
import { parseUpdate, type Update } from '@twofold/core/live/updates.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import { createPartitionClock } from '@twofold/core/slices/partition-clock.ts'
import type { View } from '@twofold/core/views/view.ts'
import { isStateOf } from './check-state.ts'
import type { KeyLimit } from './limit-keys.ts'
import type { PlacedCell } from './read-pasts.ts'

export interface PlacedUpdate {
  readonly update: Update | undefined
  readonly place: Place
  /** Of an update that tells a cell of a key that is held. */
  readonly cell: PlacedCell | undefined
}

export interface UpdatePlacerOptions {
  /** The live view of a name and a version, if there is one. */
  readonly find: (named: { readonly view: string; readonly version: string }) => LiveView | undefined
  readonly limit: KeyLimit
  /** An update was left out: as many keys are held as may be. */
  readonly onLeftOut: (view: View) => void
  /** An update was left out: its state is none of its view's. */
  readonly onFault: (error: unknown) => void
}

/** Answers what reads the records of one partition that stand behind a place: others of a batch may have been taken in before. */
export function updatePlacer({ find, limit, onLeftOut, onFault }: UpdatePlacerOptions): (records: readonly LogRecord[], after: Place) => PlacedUpdate[] {
  const cellOf = (update: Update | undefined, place: Place): PlacedCell | undefined => {
    const liveView = update?.kind === 'cell' ? find(update.cell) : undefined
    if (update?.kind !== 'cell' || !liveView) return undefined
    const { cell } = update
    const isState = isStateOf(liveView.view, cell.state)
    if (isState && limit.admits(liveView, cell, place.appendedAt)) return { liveView, cell, place }
    if (isState) onLeftOut(liveView.view)
    else onFault(new TypeError(`no state of ${liveView.view.name}`))
    return undefined
  }
  return (records, after) => {
    const clock = createPartitionClock(after.appendedAt)
    const fresh = records.filter(({ offset }) => offset >= after.place)
    return fresh.map((record) => {
      const update = parseUpdate(record)
      const traceparent = sampledTraceparent(record.headers[traceHeader])
      const traced = traceparent === undefined ? {} : { traceparent }
      const place = { place: record.offset + 1, appendedAt: clock.stamp(record.timestamp), ...traced }
      return { update, place, cell: cellOf(update, place) }
    })
  }
}
