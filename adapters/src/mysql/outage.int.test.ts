import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { append, newTable, row, scan } from '@twofold/core/ports/row-store.contract-kit.ts'
import { afterEach, expect, test } from 'vitest'
import { openMysqlRowStore } from './row-store.ts'

const server = process.env.TWOFOLD_TEST_MYSQL_URL ?? 'mysql://set-TWOFOLD_TEST_MYSQL_URL'
const unavailable = { code: 'STORE_UNAVAILABLE', retriable: true }
const closings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close()
})

type Mode = 'pass' | 'refuse' | 'freeze'

/** A way to the server that can be cut (connections end at once) or frozen (nothing passes any more). */
async function openWay() {
  const { hostname, port } = new URL(server)
  const pairs = new Set<readonly [Socket, Socket]>()
  let mode: Mode = 'pass'
  const apply = ([client, upstream]: readonly [Socket, Socket]): void => {
    for (const socket of [client, upstream]) {
      if (mode === 'refuse') socket.destroy()
      if (mode === 'freeze') socket.unpipe().pause()
    }
    if (mode === 'pass') client.pipe(upstream).pipe(client)
  }
  const proxy = createServer((client) => {
    const pair = [client, connect(Number(port || 3306), hostname)] as const
    pairs.add(pair)
    for (const socket of pair) socket.on('error', () => {}).on('close', () => pair.forEach((end) => end.destroy()))
    client.on('close', () => pairs.delete(pair))
    apply(pair)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const change = (next: Mode): void => {
    mode = next
    pairs.forEach(apply)
  }
  closings.push(async () => {
    change('refuse')
    proxy.close()
  })
  const url = new URL(server)
  url.hostname = '127.0.0.1'
  url.port = `${(proxy.address() as AddressInfo).port}`
  return { url: url.href, change }
}

async function openBehind(way: { url: string }) {
  const table = newTable()
  const store = await openMysqlRowStore({ url: way.url, tables: [table] })
  closings.push(() => store.close())
  await append(store, table, [row(0)])
  return { store, table }
}

/** What a call rejects with. */
const errorOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => undefined, (error: unknown) => error)

async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work
  return performance.now() - start
}

test('a server that is gone is reported at once, and used again once it is back', async () => {
  const way = await openWay()
  const { store, table } = await openBehind(way)
  way.change('refuse')
  expect(await timed(errorOf(store.ping()))).toBeLessThan(5000)
  await expect(store.ping()).rejects.toMatchObject(unavailable)
  await expect(append(store, table, [row(1)])).rejects.toMatchObject(unavailable)
  await expect(scan(store, table)).rejects.toMatchObject(unavailable)
  await expect(openMysqlRowStore({ url: way.url, tables: [table] })).rejects.toMatchObject(unavailable)
  way.change('pass')
  await append(store, table, [row(1)])
  expect(await scan(store, table)).toHaveLength(2)
})

test('a server that answers no more is given up after some seconds, and used again once it is back', async () => {
  const way = await openWay()
  const { store, table } = await openBehind(way)
  way.change('freeze')
  const calls = Array.from({ length: 15 }, () => errorOf(store.ping()))
  expect(await timed(Promise.all(calls))).toBeLessThan(15_000)
  for (const call of calls) expect(await call).toMatchObject(unavailable)
  const opening = errorOf(openMysqlRowStore({ url: way.url, tables: [table] }))
  expect(await timed(opening)).toBeLessThan(6000)
  expect(await opening).toMatchObject(unavailable)
  way.change('pass')
  await append(store, table, [row(1)])
  expect(await scan(store, table)).toHaveLength(2)
})

test('connections that are cut again and again leave no batch half written', async () => {
  const way = await openWay()
  const { store, table } = await openBehind(way)
  const direct = await openMysqlRowStore({ url: server, tables: [table] })
  closings.push(() => direct.close())
  let isDone = false
  const cutting = (async () => {
    for (let at = 0; !isDone; at++) {
      way.change('refuse')
      way.change('pass')
      await new Promise((resolve) => setTimeout(resolve, 3 + (at % 7) * 4))
    }
  })()
  for (let next = 1; next < 30; ) {
    const rows = Array.from({ length: 50 }, (_, at) => row(next * 50 + at))
    await append(store, table, rows).catch((error: unknown) =>
      expect(error).toMatchObject({ code: expect.stringMatching(/STORE_UNAVAILABLE|POSITION_MOVED/) }),
    )
    const { nextOffset } = await direct.openPosition(table.topic, 0)
    const kept = await scan(direct, table)
    expect(kept).toHaveLength(nextOffset === 1 ? 1 : nextOffset - 49)
    next = Math.max(1, nextOffset / 50)
  }
  isDone = true
  await cutting
})

test('a store can be closed while its server is frozen', async () => {
  const way = await openWay()
  const { store } = await openBehind(way)
  way.change('freeze')
  const pending = errorOf(store.ping())
  expect(await timed(store.close())).toBeLessThan(3000)
  expect(await pending).toMatchObject({ code: 'CLOSED' })
  await expect(store.ping()).rejects.toMatchObject({ code: 'CLOSED' })
})
