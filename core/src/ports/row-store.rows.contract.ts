import { expect } from 'vitest'
import { append, type Clause, newTable, refusal, row, scan } from './row-store.contract-kit.ts'
import type { RawTable, RowBatch } from './row-store.ts'

/** Positions, batches and dead letters. */
export function rowClauses(clause: Clause): void {
  positionClauses(clause)
  deadLetterClauses(clause)

  clause('it answers a ping, and refuses calls once closed', async ({ open }) => {
    const store = await open(newTable())
    await store.ping()
    await store.close()
    await expect(store.ping()).rejects.toMatchObject(refusal('CLOSED'))
    await store.close()
  })
}

function positionClauses(clause: Clause): void {
  clause('a position starts at 0, moves with its batch and is kept', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const fresh = { topic: table.topic, partition: 3, nextOffset: 0, appendedAt: 0 }
    expect(await store.readPositions(table.topic)).toEqual([])
    expect(await store.openPosition(table.topic, 3)).toEqual(fresh)
    await append(store, table, [row(0), row(4)], { partition: 3 })
    await append(store, table, [], { partition: 3 })
    const moved = { ...fresh, nextOffset: 5, appendedAt: 1_000_004 }
    expect(await store.openPosition(table.topic, 3)).toEqual(moved)
    const other = await open(table)
    expect(await other.readPositions(table.topic)).toEqual([moved])
  })

  clause('a batch without rows moves the position: a tick is a record too', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    await store.openPosition(table.topic, 0)
    const result = await store.writeRows(batchOf(table, { nextOffset: 1, appendedAt: 5 }))
    expect(result).toEqual({ inserted: 0, repeats: 0, lateRepeats: 0, conflicts: 0 })
    expect(await store.openPosition(table.topic, 0)).toMatchObject({ nextOffset: 1, appendedAt: 5 })
    await store.writeRows(batchOf(table, { expectedOffset: 1, nextOffset: 1, appendedAt: 5 }))
  })

  clause('a batch that expects another offset writes nothing', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    await append(store, table, [row(0)])
    const deadLetters = [{ offset: 2, appendedAt: 2, reason: 'no', key: null, value: null, headers: '{}' }]
    const stale = batchOf(table, { rows: [row(1)], deadLetters, expectedOffset: 0, nextOffset: 3 })
    await expect(store.writeRows(stale)).rejects.toMatchObject(refusal('POSITION_MOVED'))
    await expect(store.writeRows({ ...stale, partition: 9 })).rejects.toMatchObject(refusal('POSITION_MOVED'))
    expect((await scan(store, table)).map((kept) => kept.id)).toEqual(['id-0'])
    expect(await store.readDeadLetters(table.topic, 10)).toEqual([])
    expect(await store.openPosition(table.topic, 0)).toMatchObject({ nextOffset: 1 })
  })

  clause('of two workers that write the same stretch one wins', async ({ open }) => {
    const table = newTable()
    const stores = [await open(table), await open(table)]
    await stores[0]!.openPosition(table.topic, 0)
    for (let offset = 0; offset < 20; offset += 2) {
      const rows = [row(offset), row(offset + 1)]
      const batch = batchOf(table, { rows, expectedOffset: offset, nextOffset: offset + 2 })
      const results = await Promise.allSettled(stores.map((store) => store.writeRows(batch)))
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
      const lost = results.find((result) => result.status === 'rejected')
      expect(lost?.reason).toMatchObject(refusal('POSITION_MOVED'))
    }
    expect(await scan(stores[0]!, table)).toHaveLength(20)
  })

  clause('an offset that holds another event is refused: the log was replaced or cut', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    await append(store, table, [row(0), row(1)])
    const changed = append(store, table, [row(2), row(1, { id: 'another' })])
    await expect(changed).rejects.toMatchObject(refusal('LOG_TRUNCATED'))
    expect(await scan(store, table)).toHaveLength(2)
    expect(await store.openPosition(table.topic, 0)).toMatchObject({ nextOffset: 2 })
  })

  clause('a topic without a declared table is refused', async ({ open }) => {
    const store = await open(newTable())
    const stranger = newTable()
    await expect(scan(store, stranger)).rejects.toMatchObject(refusal('INVALID_CONFIG'))
    await expect(append(store, stranger, [row(0)])).rejects.toMatchObject(refusal('INVALID_CONFIG'))
  })
}

function batchOf(table: RawTable, fields: Partial<RowBatch>): RowBatch {
  const empty = { rows: [], deadLetters: [], expectedOffset: 0, nextOffset: 0, appendedAt: 0, dedupHorizonMs: 1000 }
  return { topic: table.topic, partition: 0, ...empty, ...fields }
}

function deadLetterClauses(clause: Clause): void {
  clause('dead letters keep every byte', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const large = new Uint8Array(1_048_576).map((_, at) => (at * 31) % 256)
    const bodies = [null, new Uint8Array(0), Uint8Array.of(0, 0xff, 0xc3, 0x28, 0), all, large]
    const deadLetters = bodies.map((value, offset) => ({
      offset,
      appendedAt: 100 + offset,
      reason: `it's "wrong" \u0000 🙃 \\`,
      key: bodies[bodies.length - 2 - offset] ?? null,
      value,
      headers: '{"source":"é\\u0000"}',
    }))
    await append(store, table, [], { deadLetters, partition: 2 })
    const kept = await store.readDeadLetters(table.topic, 10)
    const place = { topic: table.topic, partition: 2 }
    expect(kept).toEqual(deadLetters.map((letter) => ({ ...place, ...letter })).reverse())
    expect((await store.readDeadLetters(table.topic, 2)).map((letter) => letter.offset)).toEqual([4, 3])
  })

  clause('a dead letter that is replayed is kept once', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const deadLetters = [{ offset: 0, appendedAt: 1, reason: 'bad', key: null, value: null, headers: '{}' }]
    await append(store, table, [], { deadLetters })
    await append(store, table, [], { deadLetters })
    expect(await store.readDeadLetters(table.topic, 10)).toHaveLength(1)
  })
}
