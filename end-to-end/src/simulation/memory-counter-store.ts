import type { Cell, CellQuery, CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'

export interface MemoryCounterStore extends CounterStore {
  cells(): Cell[]
  /** Loses everything, as a store does that was set up anew. */
  clear(): void
}

/** What a write leaves of what was there. Anything but the default breaks the promise of the port. */
export interface Keeps {
  readonly cell: (held: Cell, written: Cell) => Cell
  readonly position: (held: ViewPosition, written: ViewPosition) => ViewPosition
}

const higherOffsetWins: Keeps = {
  cell: (held, written) => (written.offset > held.offset ? written : held),
  position: (held, written) => (isNewer(held, written) ? written : held),
}

/** Of two with one offset the one that claims less. */
export function isNewer(held: ViewPosition, written: ViewPosition): boolean {
  return (written.nextOffset - held.nextOffset || written.firstSlice - held.firstSlice) > 0
}

export function createMemoryCounterStore(keeps: Keeps = higherOffsetWins): MemoryCounterStore {
  const cells = new Map<string, Cell>()
  const positions = new Map<string, ViewPosition>()

  return {
    async writeCells(written) {
      for (const cell of written) put(cells, addressOf(cell), cell, keeps.cell)
    },
    async readCells(query) {
      const isAsked = filterOf(query)
      return [...cells.values()].filter(isAsked)
    },
    async writePositions(written) {
      for (const position of written) put(positions, partitionOf(position), position, keeps.position)
    },
    readPositions: async (view, version) =>
      [...positions.values()].filter((one) => one.view === view && one.version === version),
    cells: () => [...cells.values()],
    clear() {
      cells.clear()
      positions.clear()
    },
    ping: async () => undefined,
    close: async () => undefined,
  }
}

function put<Kept>(
  map: Map<string, Kept>,
  name: string,
  written: Kept,
  keep: (held: Kept, written: Kept) => Kept,
): void {
  const held = map.get(name)
  map.set(name, held === undefined ? written : keep(held, written))
}

/** Names a cell; a key may contain anything. */
export function addressOf({
  view,
  version,
  slice,
  partition,
  key,
  stepMs,
  from,
}: Omit<Cell, 'state' | 'offset'>): string {
  return `${view} ${version} ${slice} ${partition} ${stepMs} ${from} ${key}`
}

function partitionOf({ view, version, partition }: ViewPosition): string {
  return `${view} ${version} ${partition}`
}

function filterOf(query: CellQuery): (cell: Cell) => boolean {
  const { view, version, from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query
  const slices = new Set(query.slices)
  const partitions = new Set(query.partitions)
  const keys = query.keys && new Set(query.keys)
  const overlaps = (cell: Cell): boolean => cell.stepMs === 0 || (cell.from < until && cell.from + cell.stepMs > from)
  return (cell) =>
    cell.view === view &&
    cell.version === version &&
    slices.has(cell.slice) &&
    partitions.has(cell.partition) &&
    (!keys || keys.has(cell.key)) &&
    overlaps(cell)
}
