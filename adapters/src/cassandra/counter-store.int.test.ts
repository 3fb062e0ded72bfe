import { setTimeout as sleep } from 'node:timers/promises'
import { counterStoreContract } from '@twofold/core/ports/counter-store.contract.ts'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import cassandra from 'cassandra-driver'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseCassandraAddress } from './address.ts'
import { createClient } from './client.ts'
import { openCassandraCounterStore } from './counter-store.ts'
import { openProxy, type Proxy } from './proxy.test-kit.ts'

const url = process.env.TWOFOLD_TEST_CASSANDRA_URL ?? ''
const hourMs = 3_600_000
const slice = 1_760_000_040_000

counterStoreContract({
  name: 'Cassandra',
  open: async ({ cellTtlMs }) => ({ store: await openCassandraCounterStore({ url, cellTtlMs }) }),
})

describe('the Cassandra counter store', () => {
  const keyspace = `twofold_${Date.now().toString(36)}`
  const ownUrl = url.replace(/(\/)[^/?]*(\?|$)/, `$1${keyspace}$2`)
  const warnings: string[] = []
  const open = () =>
    openCassandraCounterStore({ url: ownUrl, cellTtlMs: hourMs, onWarning: (message) => warnings.push(message) })
  let cql: cassandra.Client

  beforeAll(async () => {
    cql = createClient({ address: parseCassandraAddress(url), timeoutMs: 20_000, onWarning: () => {} })
    await cql.connect()
  })
  afterAll(async () => {
    await cql.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { prepare: false })
    await cql.shutdown()
  })

  test('makes keyspace and tables when many open it at once, and warns of nothing', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, open))
    await Promise.all(stores.map((store, i) => store.writeCells(cellsNamed(`at once ${i}`, 1000))))
    for (const store of stores) await store.close()
    expect(warnings).toEqual([])
  })

  test('writes the slice in microseconds plus the offset as the write time, and a time to live', async () => {
    const store = await open()
    await store.writeCells([{ ...cellsNamed('times', 1)[0]!, offset: 7 }])
    await store.writePositions([{ ...positionOf('times'), nextOffset: 8 }])
    const [cell] = await select(`SELECT writetime(state) AS written, ttl(state) AS ttl FROM ${keyspace}.speed_cells`, 'times')
    expect(Number(cell!.written)).toBe(slice * 1000 + 7)
    expect(cell!.ttl).toBeGreaterThan(hourMs / 1000 - 60)
    const positions = `SELECT writetime(position) AS written, ttl(position) AS ttl FROM ${keyspace}.speed_positions`
    const [position] = await select(positions, 'times')
    expect([Number(position!.written), position!.ttl]).toEqual([9, null])
    await store.close()
  })

  test('lets a write lose that a sleeping writer made long after a newer one', async () => {
    const [owner, zombie] = await Promise.all([open(), open()])
    const [cell] = cellsNamed('zombie', 1)
    await owner.writeCells([{ ...cell!, offset: 20, state: '20' }])
    await owner.writePositions([{ ...positionOf('zombie'), nextOffset: 21 }])
    await sleep(1100)
    await zombie.writeCells([{ ...cell!, offset: 19, state: '19' }])
    await zombie.writePositions([{ ...positionOf('zombie'), nextOffset: 20, firstSlice: slice + 60_000 }])
    expect(await owner.readCells(queryOf('zombie'))).toEqual([{ ...cell!, offset: 20, state: '20' }])
    expect(await owner.readPositions('zombie', '1')).toEqual([{ ...positionOf('zombie'), nextOffset: 21 }])
    await Promise.all([owner.close(), zombie.close()])
  })

  test('leaves no tombstones, whatever is written again', async () => {
    const store = await open()
    for (const offset of [1, 3, 2, 3]) await store.writeCells(cellsNamed('graves', 300).map((cell) => ({ ...cell, offset })))
    const read = `SELECT * FROM ${keyspace}.speed_cells WHERE "view" = 'graves' AND version = '1' AND slice = ${slice} AND "partition" = 0`
    const { info, rowLength } = await cql.execute(read, [], { prepare: false, traceQuery: true })
    const trace = await readTrace(cql, info.traceId)
    expect(rowLength).toBe(300)
    expect(trace.find((line) => line.includes('live rows'))).toMatch(/Read 300 live rows and 0 tombstone/)
    await store.close()
  })

  test('drops expired cells in windows that fit their time to live', async () => {
    const { rows } = await cql.execute(
      `SELECT compaction, gc_grace_seconds FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'speed_cells'`,
      [keyspace],
    )
    expect(rows[0]!.compaction).toMatchObject({ compaction_window_unit: 'MINUTES', compaction_window_size: '3' })
    expect(rows[0]!.compaction.class).toMatch(/TimeWindowCompactionStrategy$/)
  })

  test.each([
    ['a data centre that is not there', `${url.split('?')[0]}?dc=nowhere`, 'INVALID_CONFIG'],
    ['a server that is not there', 'cassandra://127.0.0.1:1/twofold', 'STORE_UNAVAILABLE'],
    ['a URL of something else', 'mysql://localhost/twofold', 'INVALID_CONFIG'],
  ])('refuses %s', async (_, wrong, code) => {
    await expect(openCassandraCounterStore({ url: wrong, cellTtlMs: hourMs })).rejects.toMatchObject({ code })
  })

  describe('behind a wire that fails', () => {
    let proxy: Proxy
    afterEach(() => proxy.close())

    const openBehindProxy = async () => {
      const [host = '', port = '9042'] = parseCassandraAddress(url).contactPoints[0]!.split(':')
      proxy = await openProxy({ host, port: Number(port) })
      const proxied = ownUrl.replace(/([@/])[^@/]+(\/\w+(?:\?|$))/, `$1127.0.0.1:${proxy.port}$2`)
      return openCassandraCounterStore({ url: proxied, cellTtlMs: hourMs, timeoutMs: 1000 })
    }

    test.each(['cut', 'freeze'] as const)('says so within three seconds of a %s, and recovers', async (fault) => {
      const store = await openBehindProxy()
      const cells = cellsNamed(fault, 500)
      await store.writeCells(cells)
      await proxy[fault]()
      const calls = [() => store.writeCells(cells), () => store.readCells(queryOf(fault)), () => store.ping()]
      for (const call of [...calls, ...calls]) {
        const begun = performance.now()
        await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
        expect(performance.now() - begun).toBeLessThan(3000)
      }
      await proxy.mend()
      await expect.poll(() => store.ping().then(() => 'up', () => 'down'), { timeout: 5000 }).toBe('up')
      expect(await store.readCells(queryOf(fault))).toHaveLength(500)
      await store.close()
    })

    test('leaves no connection open when it is closed, however often the cluster was gone', async () => {
      const store = await openBehindProxy()
      for (const fault of ['cut', 'freeze', 'cut', 'cut'] as const) {
        await proxy[fault]()
        await expect.poll(() => store.ping().then(() => 'up', () => 'down'), { timeout: 5000 }).toBe('down')
        await sleep(500)
        await proxy.mend()
        await expect.poll(() => store.ping().then(() => 'up', () => 'down'), { timeout: 5000 }).toBe('up')
        expect(proxy.connections()).toBeLessThan(3)
      }
      await store.close()
      await expect.poll(() => proxy.connections()).toBe(0)
    })
  })

  const select = async (query: string, view: string): Promise<cassandra.types.Row[]> =>
    (await cql.execute(`${query} WHERE "view" = ? ALLOW FILTERING`, [view])).rows
})

/** Cassandra writes a trace some time after the answer. */
async function readTrace(cql: cassandra.Client, id: cassandra.types.Uuid): Promise<string[]> {
  for (;;) {
    const query = 'SELECT activity FROM system_traces.events WHERE session_id = ?'
    const { rows } = await cql.execute(query, [id], { consistency: cassandra.types.consistencies.one })
    const lines = rows.map((row) => String(row.activity))
    if (lines.some((line) => line.includes('live rows'))) return lines
    await sleep(100)
  }
}

function cellsNamed(view: string, count: number): Cell[] {
  return Array.from({ length: count }, (_, i) =>
    ({ view, version: '1', slice, partition: 0, key: `k${i}`, stepMs: 2000, from: slice, state: '1', offset: i }))
}

function queryOf(view: string) {
  return { view, version: '1', slices: [slice], partitions: [0] }
}

function positionOf(view: string) {
  return { view, version: '1', partition: 0, firstSlice: slice, since: null, nextOffset: 0, appendedAt: slice }
}
