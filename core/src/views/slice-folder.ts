import type { Event } from '../events/event.ts'
import type { Cell } from '../ports/counter-store.ts'
import { type Slice, type SliceSettings, sliceOf } from '../slices/slice.ts'
import { createAccumulator, type Group } from './accumulator.ts'
import { storedVersion, type View } from './view.ts'

/** A cell that changed. */
export interface ChangedCell extends Cell {
  /** Trace context of the newest traced event among the changes. */
  readonly traceparent?: string
}

/** The speed layer's fold of one view over one partition: absolute results per slice. */
export interface SliceFolder {
  /** Folds the next event of the partition; slices never step back. `traceparent`: of an event that is traced. */
  fold(event: Event, traceparent?: string): void
  /** The cells that changed since the last call, each with its newest absolute state. */
  takeChanges(): ChangedCell[]
}

export function createSliceFolder(view: View, partition: number, settings: SliceSettings): SliceFolder {
  const version = storedVersion(view, settings)
  const accumulator = createAccumulator(view)
  let slice: Slice = Number.NEGATIVE_INFINITY
  let changes: Group[] = []
  let closed: ChangedCell[] = []
  /** Few events are traced: what is known of those must not cost the others anything. */
  const traces = new Map<Group, string>()

  const cellOf = ({ key, stepMs, from, state, offset }: Group): Cell => {
    return { view: view.name, version, slice, partition, key, stepMs, from, state: JSON.stringify(state), offset }
  }
  const tracedCellOf = (group: Group): ChangedCell => {
    const traceparent = traces.get(group)
    return traceparent === undefined ? cellOf(group) : { ...cellOf(group), traceparent }
  }
  const encodeChanges = (): ChangedCell[] => {
    const cells = changes.map(traces.size > 0 ? tracedCellOf : cellOf)
    for (const group of changes) group.changed = false
    changes = []
    traces.clear()
    return cells
  }
  const moveTo = (next: Slice): void => {
    for (const cell of encodeChanges()) closed.push(cell)
    accumulator.clear()
    slice = next
  }
  const noteChange = (group: Group): void => {
    if (group.changed) return
    group.changed = true
    changes.push(group)
  }
  const noteTraced = (group: Group, traceparent: string): void => {
    noteChange(group)
    traces.set(group, traceparent)
  }
  return {
    fold(event, traceparent) {
      const next = sliceOf(event.appendedAt, settings.sliceMs)
      if (next !== slice) moveTo(next)
      accumulator.add(event, event.appendedAt, traceparent === undefined ? noteChange : (group) => noteTraced(group, traceparent))
    },
    takeChanges() {
      const cells = [...closed, ...encodeChanges()]
      closed = []
      return cells
    },
  }
}
