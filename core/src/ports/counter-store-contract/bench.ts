import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cell, CellQuery, CounterStore, ViewPosition } from '../counter-store.ts'

/** An adapter that is held to the contract. */
export interface Candidate {
  /** Opens a store; several may be open at once, and other suites may use the same server. */
  open(options: { readonly cellTtlMs: number }): Promise<OpenedStore>
}

export interface OpenedStore {
  readonly store: CounterStore
  /** Lets this much time pass for the store; real time when absent. */
  wait?(ms: number): Promise<void>
  /** Runs after the store was closed. */
  close?(): Promise<void>
}

export type Clause = (bench: Bench) => Promise<void>

/** What a clause works with: a store that others use too, and views that nobody else has. */
export interface Bench {
  readonly store: CounterStore
  readonly newView: () => TestView
  /** The cells that a query finds, in the order of `sorted`. */
  read(query: CellQuery): Promise<Cell[]>
  /** A store with a time to live of its own; the clause closes it. */
  open(cellTtlMs: number): Promise<Required<OpenedStore>>
}

/** Cells and positions of one view, as the clause needs them. */
export interface TestView {
  readonly view: string
  /** Reads everything that `cell` makes, in both slices and partitions 0 to 4. */
  readonly all: CellQuery
  cell(changes?: Partial<Cell>): Cell
  position(changes?: Partial<ViewPosition>): ViewPosition
}

export const hourMs = 3_600_000
export const firstSlice = 1_760_000_040_000
export const nextSlice = firstSlice + 60_000
export const homePartition = 3

export function createBench(candidate: Candidate, store: CounterStore): Bench {
  const open = async (cellTtlMs: number): Promise<Required<OpenedStore>> =>
    ({ wait: sleep, close: async () => {}, ...(await candidate.open({ cellTtlMs })) })
  return { store, newView, read: async (query) => sorted(await store.readCells(query)), open }
}

function newView(): TestView {
  const view = `contract-${randomUUID()}`
  const named = { view, version: '1', partition: homePartition }
  return {
    view,
    all: { view, version: '1', slices: [firstSlice, nextSlice], partitions: range(5) },
    cell: (changes = {}) =>
      ({ ...named, slice: firstSlice, key: 'k', stepMs: 2000, from: 0, state: '1', offset: 1, ...changes }),
    position: (changes = {}) =>
      ({ ...named, firstSlice, since: firstSlice + 5, nextOffset: 8, appendedAt: firstSlice + 9, ...changes }),
  }
}

export async function writeInChunks(store: CounterStore, cells: readonly Cell[], size: number): Promise<void> {
  for (let at = 0; at < cells.length; at += size) await store.writeCells(cells.slice(at, at + size))
}

/** In an order of its own, with the members of each item in one order, so that lists can be compared. */
export function sorted<Item extends object>(items: readonly Item[]): Item[] {
  const text = (item: Item): string => JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  return items.map((item) => ({ item, at: text(item) })).sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ item }) => item)
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}
