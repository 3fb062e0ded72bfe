import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { counterStoreContract } from '@twofold/core/ports/counter-store.contract.ts'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteCounterStore } from './counter-store.ts'

counterStoreContract({
  name: 'SQLite',
  open: async ({ cellTtlMs }) => {
    const folder = await mkdtemp(join(tmpdir(), 'twofold-'))
    let now = 1_760_000_000_000
    return {
      store: await openSqliteCounterStore({ path: join(folder, 'speed.db'), cellTtlMs, now: () => now }),
      wait: async (ms) => void (now += ms),
      close: () => rm(folder, { recursive: true }),
    }
  },
})

describe('the SQLite counter store', () => {
  let folder: string
  let path: string
  let now = 0
  const open = () => openSqliteCounterStore({ path, cellTtlMs: 1000, now: () => now })
  const query = { view: 'v', version: '1', slices: [0], partitions: [0] }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twofold-'))
    path = join(folder, 'not', 'there', 'speed.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('keeps cells and positions when it is opened again', async () => {
    const first = await open()
    await first.writeCells(cellsNamed(['a']))
    await first.writePositions([positionAt(5)])
    await first.close()
    const second = await open()
    expect(await second.readCells(query)).toEqual(cellsNamed(['a']))
    expect(await second.readPositions('v', '1')).toEqual([positionAt(5)])
    await second.close()
  })

  test('frees the space of expired cells, a bounded number with each write', async () => {
    const store = await open()
    await store.writeCells(cellsNamed(Array.from({ length: 25_000 }, (_, i) => `k${i}`)))
    now += 1000
    expect(await store.readCells(query)).toEqual([])
    const left: number[] = []
    for (const slice of [60_000, 120_000, 180_000]) {
      await store.writeCells(cellsNamed(['new'], slice))
      left.push(countRows(path))
    }
    expect(left).toEqual([15_001, 5_002, 3])
    await store.close()
  })

  test('serves two stores on one file', async () => {
    const stores = await Promise.all([open(), open()])
    await Promise.all(stores.map((store, i) => store.writeCells(cellsNamed([`k${i}`]))))
    for (const store of stores) {
      const keys = (await store.readCells(query)).map((cell) => cell.key)
      expect(keys.sort()).toEqual(['k0', 'k1'])
    }
    await Promise.all(stores.map((store) => store.close()))
  })

  test('refuses a file that is not a database', async () => {
    path = folder
    await expect(open()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

function cellsNamed(keys: readonly string[], slice = 0): Cell[] {
  const rest = { view: 'v', version: '1', partition: 0, stepMs: 0, from: 0, state: '1', offset: 1 }
  return keys.map((key) => ({ ...rest, slice, key }))
}

function positionAt(nextOffset: number) {
  return { view: 'v', version: '1', partition: 0, firstSlice: 0, since: null, nextOffset, appendedAt: 7 }
}

function countRows(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  const { n } = database.prepare('SELECT count(*) AS n FROM cells').get() as { n: number }
  database.close()
  return n
}
