import { expect } from 'vitest'
import { append, type Clause, newTable, refusal, row, scan } from './row-store.contract-kit.ts'

/** Ids: which are the same, which row wins, and what is kept of the others. */
export function repeatClauses(clause: Clause): void {
  identityClauses(clause)

  clause('a repeat with another payload is kept as a conflict', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const rows = [row(0, { id: 'a', payload: '{"v":1}' }), row(1, { id: 'a', payload: '{"v":2}' })]
    expect(await append(store, table, rows)).toMatchObject({ inserted: 1, repeats: 1, lateRepeats: 0, conflicts: 1 })
    const later = row(2, { id: 'a', payload: '{"v":3,"text":"🙃\u0000"}', occurredAt: 5 })
    expect(await append(store, table, [later])).toMatchObject({ inserted: 0, repeats: 1, conflicts: 1 })
    expect(await scan(store, table)).toMatchObject([{ id: 'a', payload: '{"v":1}' }])
    const kept = { topic: table.topic, partition: 0, id: 'a', isLate: false, isConflict: true }
    expect(await store.readRepeats(table.topic, 10)).toEqual([
      { ...kept, offset: 2, payload: later.payload, occurredAt: 5, appendedAt: 1_000_002 },
      { ...kept, offset: 1, payload: '{"v":2}', occurredAt: 999_994, appendedAt: 1_000_001 },
    ])
    expect(await store.readRepeats(table.topic, 1)).toHaveLength(1)
  })

  clause('a repeat later than the horizon after its first is kept as a late repeat', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const repeat = (offset: number, appendedAt: number) => row(offset, { id: 'id-0', payload: '{"n":0}', appendedAt })
    const options = { dedupHorizonMs: 500 }
    const within = await append(store, table, [row(0), repeat(1, 1_000_500), repeat(2, 1_000_501)], options)
    expect(within).toEqual({ inserted: 1, repeats: 2, lateRepeats: 1, conflicts: 0 })
    const later = await append(store, table, [repeat(3, 1_000_501)], options)
    expect(later).toEqual({ inserted: 0, repeats: 1, lateRepeats: 1, conflicts: 0 })
    const kept = await store.readRepeats(table.topic, 10)
    expect(kept.map(({ offset, isLate, isConflict }) => [offset, isLate, isConflict])).toEqual([
      [3, true, false],
      [2, true, false],
    ])
  })

  clause('a repeat in another partition is kept as a late repeat', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    await append(store, table, [row(0)])
    const same = { id: 'id-0', payload: '{"n":0}' }
    const result = await append(store, table, [row(0, same), row(1, { ...same, payload: '{}' })], { partition: 1 })
    expect(result).toEqual({ inserted: 0, repeats: 2, lateRepeats: 2, conflicts: 1 })
    const kept = await store.readRepeats(table.topic, 10)
    expect(kept.map((repeat) => [repeat.partition, repeat.offset, repeat.isLate, repeat.isConflict])).toEqual([
      [1, 1, true, true],
      [1, 0, true, false],
    ])
  })

  clause('a replay of the very same records is neither late nor a conflict', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const rows = [row(0), row(1), row(2, { id: 'id-0', payload: '{"other":1}' })]
    await append(store, table, rows)
    const first = await store.readRepeats(table.topic, 10)
    const reworded = rows.map((one) => (one.offset === 1 ? { ...one, payload: '{"n": 1}' } : one))
    const replayed = await append(store, table, [...reworded, row(3)], { dedupHorizonMs: 0 })
    expect(replayed).toMatchObject({ inserted: 1, repeats: 3 })
    expect((await scan(store, table)).map((kept) => kept.payload)).toEqual(['{"n":0}', '{"n":1}', '{"n":3}'])
    expect((await store.readRepeats(table.topic, 10)).map((repeat) => repeat.offset)).toEqual([2])
    expect(first).toHaveLength(1)
  })
}

function identityClauses(clause: Clause): void {
  clause('the first row with an id wins, within a batch, across batches and across partitions', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const winners = [row(0, { id: 'a' }), row(1, { id: 'b' }), row(2, { id: 'a' }), row(3, { id: 'a' })]
    expect(await append(store, table, winners)).toMatchObject({ inserted: 2, repeats: 2 })
    const mixed = [row(4, { id: 'b' }), row(5, { id: 'c' })]
    expect(await append(store, table, mixed)).toMatchObject({ inserted: 1, repeats: 1 })
    const elsewhere = [row(0, { id: 'c' }), row(1, { id: 'd' })]
    expect(await append(store, table, elsewhere, { partition: 1 })).toMatchObject({ inserted: 1, repeats: 1 })
    const kept = (await scan(store, table)).map(({ id, partition, offset }) => [id, partition, offset])
    expect(kept).toEqual([['a', 0, 0], ['b', 0, 1], ['c', 0, 5], ['d', 1, 1]])
  })

  clause('ids are compared as bytes', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const lookalikes = ['A', 'a', '\u00e9', 'e\u0301', 'ß', 'ss', 'ﬁ', 'fi', 'İ', 'i', '1', '01', '🙃', '🙂']
    const ids = [...lookalikes, '', ' ', 'a ', ' a', 'a\u0000', 'a\u0000b']
    const result = await append(store, table, ids.map((id, offset) => row(offset, { id })))
    expect(result).toMatchObject({ inserted: ids.length, repeats: 0 })
    const again = ids.map((id, at) => row(100 + at, { id, payload: `{"n":${at}}` }))
    expect(await append(store, table, again)).toMatchObject({ inserted: 0, repeats: ids.length, conflicts: 0 })
    expect((await scan(store, table)).map((kept) => kept.id)).toEqual(ids)
  })

  clause('partitions that race for the same ids agree on one winner', async ({ open }) => {
    const table = newTable()
    const stores = [await open(table), await open(table), await open(table)]
    const batchOf = (round: number, partition: number) =>
      Array.from({ length: 200 }, (_, at) => (partition % 2 === 0 ? at : 199 - at)).map((at, place) =>
        row(round * 200 + place, { id: `${round}-${at}`, payload: `${partition}` }),
      )
    for (let round = 0; round < 10; round++) {
      const results = await Promise.all(
        stores.map((store, partition) => append(store, table, batchOf(round, partition), { partition })),
      )
      expect(results.reduce((sum, result) => sum + result.inserted, 0)).toBe(200)
      expect(results.reduce((sum, result) => sum + result.lateRepeats, 0)).toBe(400)
    }
    const kept = await scan(stores[0]!, table)
    expect(new Set(kept.map(({ id }) => id)).size).toBe(2000)
    expect(kept.every((one) => one.payload === `${one.partition}`)).toBe(true)
    expect(await stores[0]!.readRepeats(table.topic, 10_000)).toHaveLength(4000)
  })

  clause('an id longer than 700 code units is refused whole, never cut', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    expect(await append(store, table, [row(0, { id: '🙃'.repeat(350) })])).toMatchObject({ inserted: 1 })
    const long = append(store, table, [row(1), row(2, { id: 'x'.repeat(701) })])
    await expect(long).rejects.toMatchObject(refusal('LIMIT_EXCEEDED'))
    expect(await scan(store, table)).toHaveLength(1)
  })
}
