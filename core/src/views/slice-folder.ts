import type { Event } from '../events/event.ts'
import type { Cell } from '../ports/counter-store.ts'
import { type Slice, type SliceSettings, sliceOf } from '../slices/slice.ts'
import { createAccumulator, type Group } from './accumulator.ts'
import { storedVersion, type View } from './view.ts'

/** The speed layer's fold of one view over one partition: absolute results per slice. */
export interface SliceFolder {
  /** Folds the next event of the partition; slices never step back. */
  fold(event: Event): void
  /** The cells that changed since the last call, each with its newest absolute state. */
  takeChanges(): Cell[]
}

export function createSliceFolder(view: View, partition: number, settings: SliceSettings): SliceFolder {
  const version = storedVersion(view, settings)
  const accumulator = createAccumulator(view)
  let slice: Slice = Number.NEGATIVE_INFINITY
  let changes: Group[] = []
  let closed: Cell[] = []

  const cellOf = ({ key, stepMs, from, state, offset }: Group): Cell => {
    return { view: view.name, version, slice, partition, key, stepMs, from, state: JSON.stringify(state), offset }
  }
  const encodeChanges = (): Cell[] => {
    const cells = changes.map(cellOf)
    for (const group of changes) group.changed = false
    changes = []
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
  return {
    fold(event) {
      const next = sliceOf(event.appendedAt, settings.sliceMs)
      if (next !== slice) moveTo(next)
      accumulator.add(event, event.appendedAt, noteChange)
    },
    takeChanges() {
      const cells = [...closed, ...encodeChanges()]
      closed = []
      return cells
    },
  }
}
