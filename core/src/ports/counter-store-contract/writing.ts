import fc from 'fast-check'
import { expect } from 'vitest'
import type { Cell } from '../counter-store.ts'
import { type Clause, firstSlice, nextSlice, range, sorted, writeInChunks } from './bench.ts'
import { inTwoOrders, newestCells } from './newest.ts'

const cellWrites = inTwoOrders(
  fc.record({
    key: fc.constantFrom('k', 'K'),
    from: fc.constantFrom(-2000, 0),
    slice: fc.constantFrom(firstSlice, nextSlice),
    offset: fc.nat(30),
  }),
  60,
)

export const writing: Readonly<Record<string, Clause>> = {
  'reads back what was written, to the letter': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const changes = [{ state: '{"n":1}' }, { stepMs: 0, from: 0, state: 'null', offset: 0 }, { key: 'x', state: '""' }]
    const cells = changes.map(cell)
    await store.writeCells(cells)
    expect(await read(all)).toEqual(sorted(cells))
  },

  'keeps the state with the highest offset, whatever the order of writes': async ({ store, newView, read }) => {
    const chunks = fc.integer({ min: 1, max: 20 })
    const converges = fc.asyncProperty(cellWrites, chunks, async ([writes, shuffled], chunk) => {
      const { cell, all } = newView()
      const cells = (order: typeof writes): Cell[] => order.map((one) => cell({ ...one, state: `"at ${one.offset}"` }))
      await Promise.all([writeInChunks(store, cells(writes), chunk), writeInChunks(store, cells(shuffled), 3)])
      expect(await read(all)).toEqual(sorted(newestCells(cells(writes))))
    })
    await fc.assert(converges, { numRuns: 12 })
  },

  'keeps the highest offset within one call too': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    await store.writeCells([4, 9, 2, 9, 7].map((offset) => cell({ offset, state: `${offset}` })))
    expect(await read(all)).toEqual([cell({ offset: 9, state: '9' })])
  },

  'is not changed by a repeated or an older write': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const newest = cell({ offset: 2 ** 40, state: '"newest"' })
    for (const next of [newest, newest, cell({ offset: 2 ** 40 - 1, state: '"old"' })]) await store.writeCells([next])
    expect(await read(all)).toEqual([newest])
    await store.writeCells([cell({ offset: 2 ** 40 + 1, state: '"newer"' })])
    expect(await read(all)).toEqual([cell({ offset: 2 ** 40 + 1, state: '"newer"' })])
  },

  'orders the highest offsets exactly': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    for (const offset of [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 2])
      await store.writeCells([cell({ offset, state: `${offset}` })])
    expect(await read(all)).toEqual([cell({ offset: Number.MAX_SAFE_INTEGER, state: `${Number.MAX_SAFE_INTEGER}` })])
  },

  'ends with the newest states when many write at once': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const cellsOf = (writer: number): Cell[] => range(100).map((i) => {
      const offset = (i * 37 + writer * 13) % 211
      return cell({ key: `k${i % 20}`, offset, state: `${offset}` })
    })
    await Promise.all(range(20).map((writer) => writeInChunks(store, cellsOf(writer), 10)))
    expect(await read(all)).toEqual(sorted(newestCells(range(20).flatMap(cellsOf))))
  },

  'lets a later read see a write that resolved': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    for (const offset of range(20)) {
      await store.writeCells([cell({ offset, state: `${offset}` })])
      expect(await read(all)).toEqual([cell({ offset, state: `${offset}` })])
    }
  },

  'keeps a state of 100 kB exactly': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const state = (i: number): string => JSON.stringify(`${i}"\\ü😀\n`.repeat(9000)).slice(0, 100_000)
    const cells = range(12).map((i) => cell({ key: `k${i}`, state: state(i) }))
    await store.writeCells(cells)
    expect(await read(all)).toEqual(sorted(cells))
  },

  'takes 5,000 cells in one call': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const cells = range(5000).map((i) =>
      cell({ slice: i % 2 ? firstSlice : nextSlice, partition: i % 5, key: `key ${i}`, offset: i }))
    await store.writeCells(cells)
    expect(await read(all)).toEqual(sorted(cells))
  },
}
