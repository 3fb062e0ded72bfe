import { expect } from 'vitest'
import type { CellQuery } from '../counter-store.ts'
import { type Clause, firstSlice, homePartition, nextSlice, range, sorted, writeInChunks } from './bench.ts'

const trickyKeys = [
  '', ' ', 'a', 'A', 'a ', ' a', 'é', 'e\u0301', 'ß', 'ss', 'ı', 'i', 'I', 'İ', '😀', '👍🏽', '👍', '\uffff',
  "'", '%', '\\', 'a\0b', 'a\0', '\0', 'k'.repeat(256), '10', '010', '1e1',
]

export const reading: Readonly<Record<string, Clause>> = {
  'answers nothing for what was never written, and takes empty lists': async ({ store, newView, read }) => {
    const { all, view } = newView()
    await store.writeCells([])
    await store.writePositions([])
    await store.writeCells([newView().cell()])
    expect(await read(all)).toEqual([])
    expect(await store.readPositions(view, '1')).toEqual([])
    for (const none of [{ slices: [] }, { partitions: [] }, { keys: [] }])
      expect(await read({ ...all, ...none })).toEqual([])
  },

  'keeps views, versions, slices and partitions apart': async ({ store, newView }) => {
    const { cell, all, view } = newView()
    const others = [{}, { version: '10' }, { view: `${view}x` }, { slice: nextSlice }, { partition: 0 }]
    await store.writeCells(others.map((changes, i) => cell({ ...changes, state: `${i}` })))
    const states = async (query: Partial<CellQuery>): Promise<string> => {
      const cells = await store.readCells({ ...all, slices: [firstSlice], partitions: [homePartition], ...query })
      return cells.map(({ state }) => state).sort().join()
    }
    expect(await states({})).toBe('0')
    expect(await states({ version: '10' })).toBe('1')
    expect(await states({ view: `${view}x` })).toBe('2')
    expect(await states({ slices: [nextSlice, nextSlice + 60_000] })).toBe('3')
    expect(await states({ partitions: [0, 1, 2] })).toBe('4')
    const repeated = { slices: [firstSlice, nextSlice, firstSlice], partitions: [0, homePartition, 0] }
    expect(await states(repeated)).toBe('0,3,4')
  },

  'tells a view and a version apart where their names meet': async ({ store, newView, read }) => {
    const { cell, all, view } = newView()
    const names = [[`${view}a`, 'b'], [view, 'ab'], [`2${view}`, '1'], [view, '12']] as const
    const cells = names.map(([name, version], i) => cell({ view: name, version, state: `${i}` }))
    await store.writeCells(cells)
    for (const one of cells) expect(await read({ ...all, view: one.view, version: one.version })).toEqual([one])
  },

  'compares keys as bytes': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const cells = trickyKeys.map((key, i) => cell({ key, state: `${i}` }))
    await store.writeCells(cells)
    expect(await read(all)).toEqual(sorted(cells))
    for (const one of cells) expect(await read({ ...all, keys: [one.key] })).toEqual([one])
    expect(await read({ ...all, keys: ['a\0c', 'E\u0301', '  ', 'K'.repeat(256)] })).toEqual([])
  },

  'reads many keys, each once, and none that were not asked for': async ({ store, newView, read }) => {
    const { cell, all } = newView()
    const cells = range(400).map((i) => cell({ key: `k${i}`, state: `${i}` }))
    await store.writeCells(cells)
    const keys = range(300).map((i) => `k${i}`)
    expect(await read({ ...all, keys: [...keys, 'k0', 'unknown', 'K1'] })).toEqual(sorted(cells.slice(0, 300)))
  },

  'reads the buckets that overlap the range, and all-time buckets always': async ({ store, newView }) => {
    const { cell, all } = newView()
    const starts = [-4000, -2000, 0, 2000, 4000].map((from) => ({ from }))
    const others = [{ stepMs: 0, from: 0 }, { stepMs: 60_000, from: -60_000 }]
    await store.writeCells([...starts, ...others].map(cell))
    const buckets = async (bounds: Partial<CellQuery>): Promise<string[]> =>
      (await store.readCells({ ...all, ...bounds })).map(({ stepMs, from }) => `${stepMs}@${from}`).sort()
    expect(await buckets({ from: 0, until: 4000 })).toEqual(['0@0', '2000@0', '2000@2000'])
    expect(await buckets({ from: 3999 })).toEqual(['0@0', '2000@2000', '2000@4000'])
    expect(await buckets({ until: -2000 })).toEqual(['0@0', '2000@-4000', '60000@-60000'])
    expect(await buckets({ from: -1, until: 0 })).toEqual(['0@0', '2000@-2000', '60000@-60000'])
    expect(await buckets({ from: 900_000 })).toEqual(['0@0'])
  },

  'finds every one of 12,000 cells in one slice and partition': async ({ store, newView }) => {
    const { cell, all } = newView()
    await writeInChunks(store, range(12_000).map((i) => cell({ key: `k${i % 7}`, from: i * 2000, offset: i })), 4000)
    const offsets = (await store.readCells(all)).map(({ offset }) => offset).sort((a, b) => a - b)
    expect(offsets).toEqual(range(12_000))
    expect(await store.readCells({ ...all, keys: ['k3'], from: 0, until: 14_000 })).toHaveLength(1)
  },
}
