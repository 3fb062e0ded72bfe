import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, CellQuery, CounterStore, ViewPosition } from './counter-store.ts'

/** What an adapter brings to the suite. */
export interface CounterStoreHarness {
  readonly name: string
  /** Opens a store; several may be open at once, and other suites may use the same server. */
  open(options: { readonly cellTtlMs: number }): Promise<OpenedCounterStore>
  /** Promises that the adapter declares not to keep: title of the test -> why. Each is reported as skipped. */
  readonly lacks?: Readonly<Record<string, string>>
}

export interface OpenedCounterStore {
  readonly store: CounterStore
  /** Lets this much time pass for the store; real time when absent. */
  wait?(ms: number): Promise<void>
  /** Runs after the store was closed. */
  close?(): Promise<void>
}

const hourMs = 3_600_000
const slice = 1_760_000_040_000
const nextSlice = slice + 60_000
const partition = 3

/** The one suite of the `CounterStore` port. Every test has a view of its own, because real servers are shared. */
export function counterStoreContract({ name, open, lacks = {} }: CounterStoreHarness): void {
  const titles = new Set<string>()
  const clause = (title: string, run: () => Promise<void>): void => {
    titles.add(title)
    const reason = lacks[title]
    if (reason === undefined) test(title, run)
    else test.skip(`${title} — declared: ${reason}`, run)
  }

  describe(`the counter store contract, kept by ${name}`, () => {
    let opened: OpenedCounterStore
    let store: CounterStore
    beforeAll(async () => {
      opened = await open({ cellTtlMs: hourMs })
      store = opened.store
    })
    afterAll(async () => {
      await opened.store.close()
      await opened.close?.()
    })

    const read = async (query: CellQuery): Promise<Cell[]> => sorted(await store.readCells(query))

    clause('reads back what was written, to the letter', async () => {
      const { cell, all } = newView()
      const cells = [cell({ state: '{"n":1}' }), cell({ stepMs: 0, from: 0, state: 'null', offset: 0 })]
      await store.writeCells(cells)
      expect(await read(all)).toEqual(sorted(cells))
    })

    clause('answers nothing for what was never written, and takes empty lists', async () => {
      const { all, view } = newView()
      await store.writeCells([])
      await store.writePositions([])
      await store.writeCells([newView().cell()])
      expect(await read(all)).toEqual([])
      expect(await store.readPositions(view, '1')).toEqual([])
      expect(await read({ ...all, slices: [] })).toEqual([])
      expect(await read({ ...all, partitions: [] })).toEqual([])
      expect(await read({ ...all, keys: [] })).toEqual([])
    })

    clause('keeps the state with the highest offset, whatever the order of writes', async () => {
      await fc.assert(
        fc.asyncProperty(writesInTwoOrders, async ({ writes, shuffled, chunk }) => {
          const { cell, all } = newView()
          const cells = (order: typeof writes): Cell[] => order.map((w) => cell({ ...w, state: `"at ${w.offset}"` }))
          await Promise.all([writeInChunks(store, cells(writes), chunk), writeInChunks(store, cells(shuffled), 3)])
          expect(await read(all)).toEqual(sorted(newestOf(cells(writes), addressOf, (w) => [w.offset])))
        }),
        { numRuns: 12 },
      )
    })

    clause('keeps the highest offset within one call too', async () => {
      const { cell, all } = newView()
      const offsets = [4, 9, 2, 9, 7]
      await store.writeCells(offsets.map((offset) => cell({ offset, state: `${offset}` })))
      expect(await read(all)).toEqual([cell({ offset: 9, state: '9' })])
    })

    clause('is not changed by a repeated or an older write', async () => {
      const { cell, all } = newView()
      const newest = cell({ offset: 2 ** 40, state: '"newest"' })
      for (const next of [newest, newest, cell({ offset: 2 ** 40 - 1, state: '"old"' })]) await store.writeCells([next])
      expect(await read(all)).toEqual([newest])
      await store.writeCells([cell({ offset: 2 ** 40 + 1, state: '"newer"' })])
      expect(await read(all)).toEqual([cell({ offset: 2 ** 40 + 1, state: '"newer"' })])
    })

    clause('ends with the newest states when many write at once', async () => {
      const { cell, all } = newView()
      const writer = (w: number): Promise<void> =>
        writeInChunks(store, range(100).map((i) => cell({ key: `k${i % 20}`, offset: (i * 37 + w * 13) % 211, state: `${(i * 37 + w * 13) % 211}` })), 10)
      await Promise.all(range(20).map(writer))
      const written = range(20).flatMap((w) =>
        range(100).map((i) => cell({ key: `k${i % 20}`, offset: (i * 37 + w * 13) % 211, state: `${(i * 37 + w * 13) % 211}` })))
      expect(await read(all)).toEqual(sorted(newestOf(written, addressOf, (w) => [w.offset])))
    })

    clause('lets a later read see a write that resolved', async () => {
      const { cell, all } = newView()
      for (const offset of range(20)) {
        await store.writeCells([cell({ offset, state: `${offset}` })])
        expect(await read(all)).toEqual([cell({ offset, state: `${offset}` })])
      }
    })

    clause('keeps views, versions, slices and partitions apart', async () => {
      const { cell, all, view } = newView()
      const cells = [cell(), cell({ version: '10' }), cell({ view: `${view}x` }), cell({ slice: nextSlice }), cell({ partition: 0 })]
      await store.writeCells(cells.map((one, i) => ({ ...one, state: `${i}` })))
      const states = async (query: Partial<CellQuery>): Promise<string[]> =>
        (await store.readCells({ ...all, slices: [slice], partitions: [partition], ...query })).map((one) => one.state).sort()
      expect(await states({})).toEqual(['0'])
      expect(await states({ version: '10' })).toEqual(['1'])
      expect(await states({ view: `${view}x` })).toEqual(['2'])
      expect(await states({ slices: [nextSlice, nextSlice + 60_000] })).toEqual(['3'])
      expect(await states({ partitions: [0, 1, 2] })).toEqual(['4'])
      expect(await states({ slices: [slice, nextSlice, slice], partitions: [0, partition, partition] })).toEqual(['0', '3', '4'])
    })

    clause('compares keys as bytes', async () => {
      const { cell, all } = newView()
      await store.writeCells(trickyKeys.map((key, i) => cell({ key, state: `${i}` })))
      expect(await read(all)).toEqual(sorted(trickyKeys.map((key, i) => cell({ key, state: `${i}` }))))
      for (const [i, key] of trickyKeys.entries())
        expect(await read({ ...all, keys: [key] })).toEqual([cell({ key, state: `${i}` })])
    })

    clause('reads many keys, each once, and none that were not asked for', async () => {
      const { cell, all } = newView()
      const cells = range(400).map((i) => cell({ key: `k${i}`, state: `${i}` }))
      await store.writeCells(cells)
      const keys = range(300).map((i) => `k${i}`)
      expect(await read({ ...all, keys: [...keys, 'k0', 'unknown', 'K1'] })).toEqual(sorted(cells.slice(0, 300)))
    })

    clause('reads the buckets that overlap the range, and all-time buckets always', async () => {
      const { cell, all } = newView()
      const starts = [-4000, -2000, 0, 2000, 4000]
      await store.writeCells([...starts.map((from) => cell({ from })), cell({ stepMs: 0, from: 0 }), cell({ stepMs: 60_000, from: -60_000 })])
      const buckets = async (bounds: Partial<CellQuery>): Promise<string[]> =>
        (await store.readCells({ ...all, ...bounds })).map((one) => `${one.stepMs}@${one.from}`).sort()
      expect(await buckets({ from: 0, until: 4000 })).toEqual(['0@0', '2000@0', '2000@2000'])
      expect(await buckets({ from: 3999 })).toEqual(['0@0', '2000@2000', '2000@4000'])
      expect(await buckets({ until: -2000 })).toEqual(['0@0', '2000@-4000', '60000@-60000'])
      expect(await buckets({ from: -1, until: 0 })).toEqual(['0@0', '2000@-2000', '60000@-60000'])
      expect(await buckets({ from: 900_000 })).toEqual(['0@0'])
    })

    clause('keeps a state of 100 kB exactly', async () => {
      const { cell, all } = newView()
      const cells = range(12).map((i) => cell({ key: `k${i}`, state: JSON.stringify(`${i}"\\ü😀\n`.repeat(9000)).slice(0, 100_000) }))
      await store.writeCells(cells)
      expect(await read(all)).toEqual(sorted(cells))
    })

    clause('takes 5,000 cells in one call', async () => {
      const { cell, all } = newView()
      const cells = range(5000).map((i) => cell({ slice: i % 2 ? slice : nextSlice, partition: i % 5, key: `key ${i}`, offset: i }))
      await store.writeCells(cells)
      expect(await read(all)).toEqual(sorted(cells))
    })

    clause('keeps more cells in one slice and partition than a page holds', async () => {
      const { cell, all } = newView()
      const cells = range(12_000).map((i) => cell({ key: `k${i % 7}`, from: i * 2000, offset: i }))
      await writeInChunks(store, cells, 4000)
      expect((await read(all)).length).toBe(12_000)
      expect((await read({ ...all, keys: ['k3'], from: 0, until: 14_000 })).length).toBe(1)
    })

    clause('keeps one position per view, version and partition', async () => {
      const { position, view } = newView()
      const positions = [position(), position({ partition: 0, since: null }), position({ version: '2', appendedAt: 0, nextOffset: 0 })]
      await store.writePositions(positions)
      expect(sorted(await store.readPositions(view, '1'))).toEqual(sorted(positions.slice(0, 2)))
      expect(await store.readPositions(view, '2')).toEqual(positions.slice(2))
    })

    clause('keeps the position with the highest offset whole, whatever the order of writes', async () => {
      await fc.assert(
        fc.asyncProperty(positionsInTwoOrders, async ({ writes, shuffled }) => {
          const { position, view } = newView()
          const all = (order: typeof writes): ViewPosition[] => order.map(([nextOffset, firstSlice]) =>
            position({ nextOffset, firstSlice, since: firstSlice + 7, appendedAt: firstSlice + nextOffset }))
          await Promise.all([all(writes), all(shuffled)].map(async (order) => {
            for (const one of order) await store.writePositions([one])
          }))
          await store.writePositions(all(shuffled))
          const newest = newestOf(all(writes), (one) => String(one.partition), (one) => [one.nextOffset, one.firstSlice])
          expect(await store.readPositions(view, '1')).toEqual(newest)
        }),
        { numRuns: 12 },
      )
    })

    clause('forgets cells a while after their last write, and positions never', async () => {
      const brief = await open({ cellTtlMs: 2000 })
      const wait = brief.wait ?? sleep
      const { cell, position, all, view } = newView()
      const keysLeft = async (): Promise<string[]> => (await brief.store.readCells(all)).map((one) => one.key).sort()
      await brief.store.writeCells(['left', 'updated', 'repeated'].map((key) => cell({ key })))
      await brief.store.writePositions([position()])
      await wait(1500)
      expect(await keysLeft()).toEqual(['left', 'repeated', 'updated'])
      await brief.store.writeCells([cell({ key: 'updated', offset: 2 }), cell({ key: 'repeated' })])
      while ((await keysLeft()).includes('left')) await wait(100)
      expect(await keysLeft()).toEqual(['repeated', 'updated'])
      while ((await keysLeft()).length > 0) await wait(100)
      expect(await brief.store.readPositions(view, '1')).toEqual([position()])
      await brief.store.close()
      await brief.close?.()
    })

    clause('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined()
    })

    clause('finishes what was called before close, and refuses what comes later', async () => {
      const closing = await open({ cellTtlMs: hourMs })
      const { cell, position, all, view } = newView()
      const written = closing.store.writeCells(range(500).map((i) => cell({ key: `k${i}` })))
      await Promise.all([closing.store.close(), closing.store.close(), written])
      const later = [
        () => closing.store.writeCells([cell()]),
        () => closing.store.readCells(all),
        () => closing.store.writePositions([position()]),
        () => closing.store.readPositions(view, '1'),
        () => closing.store.ping(),
      ]
      for (const call of later) await expect(call()).rejects.toMatchObject({ code: 'CLOSED' })
      await closing.close?.()
    })
  })

  const unknown = Object.keys(lacks).filter((title) => !titles.has(title))
  if (unknown.length > 0) throw new Error(`${name} declares to lack what no test promises: ${unknown.join('; ')}`)
}

const trickyKeys = [
  '', ' ', 'a', 'A', 'a ', ' a', 'é', 'e\u0301', 'ß', 'ss', 'ı', 'i', '😀', '👍🏽', '👍', 'a\0b', 'a\0', '\0', '\uffff', "'", '%', '\\', 'k'.repeat(256),
]

interface TestView {
  readonly view: string
  readonly all: CellQuery
  cell(changes?: Partial<Cell>): Cell
  position(changes?: Partial<ViewPosition>): ViewPosition
}

function newView(): TestView {
  const view = `contract-${randomUUID()}`
  return {
    view,
    all: { view, version: '1', slices: [slice, nextSlice], partitions: range(5) },
    cell: (changes = {}) => ({ view, version: '1', slice, partition, key: 'k', stepMs: 2000, from: 0, state: '1', offset: 1, ...changes }),
    position: (changes = {}) =>
      ({ view, version: '1', partition, firstSlice: slice, since: slice + 5, nextOffset: 8, appendedAt: slice + 9, ...changes }),
  }
}

const aWrite = fc.record({
  key: fc.constantFrom('k', 'K'), from: fc.constantFrom(-2000, 0), slice: fc.constantFrom(slice, nextSlice), offset: fc.nat(30),
})
const writesInTwoOrders = fc.array(aWrite, { minLength: 1, maxLength: 60 }).chain((writes) =>
  fc.record({ writes: fc.constant(writes), shuffled: shuffle(writes), chunk: fc.integer({ min: 1, max: 20 }) }))
const aPosition = fc.tuple(fc.nat(6), fc.constantFrom(0, slice, nextSlice))
const positionsInTwoOrders = fc.array(aPosition, { minLength: 1, maxLength: 12 }).chain((writes) =>
  fc.record({ writes: fc.constant(writes), shuffled: shuffle(writes) }))

function shuffle<Item>(items: Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray(items, { minLength: items.length })
}

async function writeInChunks(store: CounterStore, cells: readonly Cell[], size: number): Promise<void> {
  for (let at = 0; at < cells.length; at += size) await store.writeCells(cells.slice(at, at + size))
}

/** The one item per address whose rank is the highest, number by number. */
function newestOf<Item>(items: readonly Item[], address: (item: Item) => string, rank: (item: Item) => number[]): Item[] {
  const newest = new Map<string, Item>()
  for (const item of items) {
    const known = newest.get(address(item))
    if (!known || isHigher(rank(item), rank(known))) newest.set(address(item), item)
  }
  return [...newest.values()]
}

function isHigher(left: number[], right: number[]): boolean {
  const at = left.findIndex((value, i) => value !== right[i])
  return at >= 0 && left[at]! > right[at]!
}

function addressOf({ view, version, slice, partition, key, stepMs, from }: Cell): string {
  return JSON.stringify([view, version, slice, partition, key, stepMs, from])
}

/** In an order of its own, with the members of each item in one order, so that lists can be compared. */
function sorted<Item extends object>(items: readonly Item[]): Item[] {
  const text = (item: Item): string => JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  return items.map((item) => ({ item, at: text(item) })).sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ item }) => item)
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}
