import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { io, type ManagerOptions, type Socket } from 'socket.io-client'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { SocketReportsOptions } from './socket-reports.ts'
import { reportOn, rowOf, serveReports } from './socket-reports.test-kit.ts'

const events = { 1: 'live_aggregations_1', 5: 'live_aggregations_5', 10: 'live_aggregations_10' } as const

async function serve(options: Partial<SocketReportsOptions> = {}) {
  const server = await serveReports(options)
  onTestFinished(server.close)
  return server
}

/** A client and all that it heard. */
async function connect(url: string, options: Partial<ManagerOptions> = {}) {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false, ...options })
  onTestFinished(() => void socket.close())
  const heard: [string, unknown][] = []
  socket.onAny((event: string, payload: unknown) => heard.push([event, payload]))
  await settled(socket)
  const ask = (event: string, ...args: unknown[]): Promise<unknown> => socket.timeout(5000).emitWithAck(event, ...args)
  return { socket, heard, ask }
}

function settled(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
}

/** Why the client was disconnected. */
function goneFrom(socket: Socket): Promise<string> {
  return new Promise((resolve) => void socket.once('disconnect', resolve))
}

/** A client that hears of some videos in windows of one minute. */
async function connectTo(url: string, rooms: string[], options: Partial<ManagerOptions> = {}) {
  const client = await connect(url, options)
  await client.ask('register_room', { rooms })
  await client.ask('consume_1_min_aggregations', {})
  return client
}

/** Until a tick was told to everybody who waits for one. */
async function joined(server: Awaited<ReturnType<typeof serve>>, client: Awaited<ReturnType<typeof connect>>, room: string) {
  const before = client.heard.length
  await vi.waitFor(() => {
    server.feed.publish(1, rowOf(room, 0))
    expect(client.heard.length).toBeGreaterThan(before)
  })
  await wait(30)
  client.heard.length = 0
}

test.each([['websocket'], ['polling']])('over %s a window is reported while it is open, at its close and at each correction', async (transport) => {
  const server = await serve()
  const client = await connectTo(server.url, ['a'], { transports: [transport] })
  await joined(server, client, 'a')
  const steps = [{}, { final: true }, { final: true, revision: 1 }, { final: true, revision: 2 }]
  for (const [index, step] of steps.entries()) {
    server.feed.publish(1, rowOf('a', index + 1, step))
    await vi.waitFor(() => expect(client.heard).toHaveLength(index + 1))
  }
  expect(client.heard).toEqual(steps.map((step, index) => [events[1], reportOn('a', index + 1, step)]))
  expect(await server.metric('socket_reports_total', 'window="1m"')).toBeGreaterThanOrEqual(4)
})

test('of several revisions between two ticks each one is told, the newest window last', async () => {
  const server = await serve()
  const client = await connectTo(server.url, ['a'])
  await joined(server, client, 'a')
  const corrections = [1, 2].map((revision) => rowOf('a', 5 + revision, { final: true, revision }))
  server.feed.publish(1, rowOf('a', 1, { at: 1 }), rowOf('a', 5, { final: true }), ...corrections)
  const told = [reportOn('a', 6, { final: true, revision: 1 }), reportOn('a', 7, { final: true, revision: 2 }), reportOn('a', 1, { at: 1 })]
  await vi.waitFor(() => expect(client.heard.map(([, report]) => report)).toEqual(told))
})

test('after a correction or the close of an older window alone, the newest one is told again: pages show what they heard last', async () => {
  const server = await serve()
  const client = await connectTo(server.url, ['a', 'b'])
  await joined(server, client, 'a')
  const newest = rowOf('a', 3, { at: 5 })
  const steps = [
    [newest],
    [rowOf('a', 9, { final: true })],
    [rowOf('a', 10, { final: true, revision: 1 }), rowOf('b', 1)],
    [rowOf('a', 4, { at: 5 }), rowOf('a', 11, { final: true, revision: 2 })],
  ]
  const told = [
    [reportOn('a', 3, { at: 5 })],
    [reportOn('a', 9, { final: true }), reportOn('a', 3, { at: 5 })],
    [reportOn('a', 10, { final: true, revision: 1 }), reportOn('b', 1), reportOn('a', 3, { at: 5 })],
    [reportOn('a', 11, { final: true, revision: 2 }), reportOn('a', 4, { at: 5 })],
  ]
  for (const [index, rows] of steps.entries()) {
    client.heard.length = 0
    server.feed.publish(1, ...rows)
    await vi.waitFor(() => expect(client.heard).toHaveLength(told[index]!.length))
    await wait(30)
    expect(client.heard.map(([, report]) => report)).toEqual(told[index])
  }
})

test('a report that can not be written keeps nobody from the others', async () => {
  const server = await serve()
  const client = await connectTo(server.url, ['a', 'b'])
  await joined(server, client, 'a')
  // No date is so late, and text of its time can't be made.
  server.feed.publish(1, rowOf('a', 1, { at: 1.5e11 }), rowOf('b', 1))
  await vi.waitFor(() => expect(client.heard).toEqual([[events[1], reportOn('b', 1)]]))
  const late = await connectTo(server.url, ['a', 'b'])
  await vi.waitFor(() => expect(late.heard).toEqual([[events[1], reportOn('b', 1)]]))
  expect(server.errors).toEqual([])
})

test('a late joiner gets the current window of each room and length, of which an open one comes first', async () => {
  const server = await serve()
  server.feed.publish(1, rowOf('a', 9, { final: true }), rowOf('a', 3, { at: 1 }), rowOf('b', 4, { final: true }), rowOf('c', 1))
  server.feed.publish(5, rowOf('a', 12, { minutes: 5 }))
  server.feed.publish(10, rowOf('b', 4, { minutes: 10, final: true, revision: 2 }))
  const { ask, heard } = await connect(server.url)
  // In either order, and without parameters.
  expect(await ask('consume_5_min_aggregations')).toEqual({ ok: true })
  expect(await ask('register_room', { rooms: ['a', 'b', 'nobody'] })).toEqual({ ok: true })
  expect(await ask('consume_1_min_aggregations', {})).toEqual({ ok: true })
  expect(await ask('consume_10_min_aggregations', {})).toEqual({ ok: true })
  await vi.waitFor(() => expect(heard).toHaveLength(4))
  await wait(30)
  expect(new Set(heard)).toEqual(new Set([
    [events[5], reportOn('a', 12, { minutes: 5 })],
    [events[1], reportOn('a', 3, { at: 1 })],
    [events[1], reportOn('b', 4, { final: true })],
    [events[10], reportOn('b', 4, { minutes: 10, final: true, revision: 2 })],
  ]))
})

test('who joins while windows change misses no report and hears none twice', async () => {
  const server = await serve()
  let count = 0
  const publish = setInterval(() => server.feed.publish(1, rowOf('a', (count += 1))), 3)
  onTestFinished(() => clearInterval(publish))
  const clients = await Promise.all(Array.from({ length: 20 }, async (_, index) => (await wait(index * 5), connectTo(server.url, ['a']))))
  await wait(100)
  clearInterval(publish)
  for (const { heard } of clients) {
    await vi.waitFor(() => expect(heard.at(-1)?.[1]).toEqual(reportOn('a', count)))
    const counts = heard.map(([, report]) => (report as { count: number }).count)
    expect(counts).toEqual([...new Set(counts)].toSorted((left, right) => left - right))
  }
})

test('rooms that are registered later or again are joined once, and left rooms are silent', async () => {
  const server = await serve()
  const client = await connectTo(server.url, ['a'])
  await client.ask('register_room', { rooms: ['a', 'b'] })
  await client.ask('consume_1_min_aggregations')
  await joined(server, client, 'b')
  server.feed.publish(1, rowOf('a', 1), rowOf('b', 1))
  await vi.waitFor(() => expect(client.heard).toHaveLength(2))
  await client.ask('leave_room', { rooms: ['a', 'never'] })
  client.heard.length = 0
  server.feed.publish(1, rowOf('a', 2), rowOf('b', 2))
  await vi.waitFor(() => expect(client.heard).toEqual([[events[1], reportOn('b', 2)]]))
})

test('nobody hears of a length or a room that they did not ask for', async () => {
  const server = await serve()
  const [asked, silent] = [await connectTo(server.url, ['a']), await connect(server.url)]
  await silent.ask('register_room', { rooms: ['a'] })
  expect(await silent.ask('consume_topic', { rooms: ['a'] })).toEqual({ ok: true })
  await joined(server, asked, 'a')
  server.feed.publish(5, rowOf('a', 1, { minutes: 5 }))
  server.feed.publish(1, rowOf('a', 1), rowOf('b', 1))
  await vi.waitFor(() => expect(asked.heard).toEqual([[events[1], reportOn('a', 1)]]))
  expect(silent.heard).toEqual([])
})

test('200 clients in 20 rooms hear of their own rooms only', async () => {
  const server = await serve()
  const rooms = Array.from({ length: 20 }, (_, index) => `room-${index}`)
  server.feed.publish(1, ...rooms.map((room) => rowOf(room, 1)))
  const clients = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
    const room = rooms[index % rooms.length]!
    return { room, ...(await connectTo(server.url, [room])) }
  }))
  await vi.waitFor(() => clients.forEach(({ heard }) => expect(heard).toHaveLength(1)))
  server.feed.publish(1, ...rooms.map((room) => rowOf(room, 2)))
  await vi.waitFor(() => clients.forEach(({ heard }) => expect(heard).toHaveLength(2)))
  for (const { room, heard } of clients) expect(heard.map(([, report]) => report)).toEqual([reportOn(room, 1), reportOn(room, 2)])
  expect(await server.metric('socket_subscribers')).toBe(200)
  expect(await server.metric('socket_reports_total')).toBe(400)
})

test('a feed that is not ready lets clients wait, and one that started anew tells them the current windows again', async () => {
  const server = await serve()
  server.feed.isReady = false
  const client = await connectTo(server.url, ['a'])
  server.feed.publish(1, rowOf('a', 1))
  await wait(50)
  expect(client.heard).toEqual([])
  server.feed.isReady = true
  server.feed.move()
  await vi.waitFor(() => expect(client.heard).toEqual([[events[1], reportOn('a', 1)]]))
  server.feed.startAnew()
  await vi.waitFor(() => expect(client.heard).toEqual([1, 1].map((count) => [events[1], reportOn('a', count)])))
})

test('a room that is left before its first report stays silent', async () => {
  const server = await serve()
  server.feed.isReady = false
  server.feed.publish(1, rowOf('a', 1), rowOf('b', 1))
  const client = await connectTo(server.url, ['a', 'b'])
  await client.ask('leave_room', { rooms: ['a'] })
  server.feed.isReady = true
  server.feed.publish(1, rowOf('a', 2))
  await vi.waitFor(() => expect(client.heard).toEqual([[events[1], reportOn('b', 1)]]))
  server.feed.publish(1, rowOf('a', 3), rowOf('b', 2))
  await vi.waitFor(() => expect(client.heard.at(-1)).toEqual([events[1], reportOn('b', 2)]))
  expect(client.heard).toHaveLength(2)
})

test('a store that can not be read keeps nobody from what comes', async () => {
  const server = await serve()
  server.feed.load = () => Promise.reject(new Error('store is away'))
  const client = await connectTo(server.url, ['a'])
  await joined(server, client, 'a')
  server.feed.publish(1, rowOf('a', 1))
  await vi.waitFor(() => expect(client.heard).toEqual([[events[1], reportOn('a', 1)]]))
})

test('a bad payload gets an error, and the socket lives on', async () => {
  const server = await serve({ maxRooms: 3 })
  const { ask, heard, socket } = await connect(server.url)
  const error = 'rooms must be an array of ids'
  expect(await ask('register_room', { rooms: 'a' })).toEqual({ ok: false, error })
  socket.emit('register_room', {})
  socket.emit('register_room')
  socket.emit('register_room', Buffer.from('x'))
  socket.emit('consume_1_min_aggregations', 'all')
  socket.emit('no_such_event', { a: 1 }, () => {})
  socket.emit('error', { a: 1 })
  await vi.waitFor(() => expect(heard).toHaveLength(5))
  expect(heard[0]).toEqual(['request_error', { event: 'register_room', error }])
  expect(heard.at(-1)).toEqual(['request_error', { event: 'consume_1_min_aggregations', error: 'the payload must be an object' }])
  expect(await ask('register_room', { rooms: ['a', 'b'] })).toEqual({ ok: true })
  expect(await ask('register_room', { rooms: ['b', 'c', 'd'] })).toEqual({ ok: false, error: 'a client has at most 3 rooms' })
  expect(await ask('register_room', { rooms: ['b', 'c'] })).toEqual({ ok: true })
})

test('an acknowledgement that is no function, or a second one, does no harm', async () => {
  const { url } = await serve()
  const { socket, ask } = await connect(url)
  socket.emit('register_room', { rooms: ['a'] }, 'no function')
  socket.emit('consume_1_min_aggregations', null, null)
  expect(await ask('register_room', null, { rooms: ['b'] })).toEqual({ ok: true })
})

test('events beyond the rate are refused once, and a client that goes on is disconnected', async () => {
  const server = await serve({ maxEvents: 5, elapsed: () => 0 })
  const { socket, heard } = await connect(server.url)
  const gone = goneFrom(socket)
  for (let sent = 0; sent < 5 + 25; sent += 1) socket.emit('anything')
  await vi.waitFor(() => expect(heard).toEqual([['request_error', { event: 'anything', error: 'too many events' }]]))
  expect(socket.connected).toBe(true)
  socket.emit('anything')
  expect(await gone).toBe('io server disconnect')
  expect(await server.metric('socket_dropped_total', 'reason="flood"')).toBe(1)
})

/** A connection without a client's manners: it sends what it likes, and notes what comes. */
async function openRaw(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
  onTestFinished(() => socket.close())
  const got: string[] = []
  socket.addEventListener('message', ({ data }) => got.push(String(data)))
  await vi.waitFor(() => expect(got).toHaveLength(1))
  socket.send('40')
  await vi.waitFor(() => expect(got).toHaveLength(2))
  got.length = 0
  return { socket, got }
}

test('an event whose name is a number is an event like any other, also beyond the rate', async () => {
  const server = await serve({ elapsed: () => 0 })
  const { socket, got } = await openRaw(server.port)
  for (let sent = 0; sent < 30; sent += 1) socket.send('42[1,"x"]')
  await vi.waitFor(() => expect(got).toEqual(['42["request_error",{"event":"1","error":"too many events"}]']))
  await connect(server.url)
})

test('a connection that asks to be let in twice is closed', async () => {
  const server = await serve()
  const { socket } = await openRaw(server.port)
  const closed = once(socket, 'close')
  socket.send('40')
  await closed
  await connect(server.url)
})

test('what fails while an event is let in costs that connection alone', async () => {
  let isBroken = false
  const elapsed = () => {
    if (isBroken) throw new Error('no clock')
    return 0
  }
  const server = await serve({ elapsed })
  const [first, second] = [await connect(server.url), await connect(server.url)]
  isBroken = true
  const gone = goneFrom(first.socket)
  first.socket.emit('anything')
  await gone
  isBroken = false
  expect(await second.ask('consume_1_min_aggregations')).toEqual({ ok: true })
})

test.each([
  ['in UTF-8', (json: string) => json],
  ['escaped', (json: string) => json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)],
])('as many rooms as are allowed, each as long as may be, are taken %s', async (_title, write) => {
  const server = await serve()
  const { socket, got } = await openRaw(server.port)
  const rooms = Array.from({ length: 200 }, (_, index) => '\u8996'.repeat(253) + String(index).padStart(3, '0'))
  socket.send(`420${write(JSON.stringify(['register_room', { rooms }]))}`)
  await vi.waitFor(() => expect(got).toEqual(['430[{"ok":true}]']))
})

test('a message that is too large, or none of the protocol, closes that connection only', async () => {
  const { url } = await serve()
  const others = await connect(url)
  for (const message of ['x'.repeat(400_000), '2{"', Buffer.from('x')]) {
    const { socket } = await connect(url)
    const gone = goneFrom(socket)
    socket.io.engine.write(message)
    await gone
  }
  expect(await others.ask('consume_1_min_aggregations')).toEqual({ ok: true })
})

test('a socket that goes leaves nothing behind', async () => {
  const server = await serve()
  const client = await connectTo(server.url, ['a', 'b'])
  await joined(server, client, 'a')
  client.socket.close()
  await vi.waitFor(async () => expect(await server.metric('socket_subscribers')).toBe(0))
  const changesSince = vi.spyOn(server.feed, 'changesSince')
  server.feed.publish(1, rowOf('a', 1))
  await wait(30)
  expect(changesSince).not.toHaveBeenCalled()
})

test('a client that leaves while it joins is forgotten', async () => {
  const server = await serve()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.feed.load = () => promise
  const snapshot = vi.spyOn(server.feed, 'snapshot')
  const client = await connectTo(server.url, ['a'])
  client.socket.close()
  await vi.waitFor(async () => expect(await server.metric('socket_subscribers')).toBe(0))
  resolve()
  server.feed.publish(1, rowOf('a', 1))
  await wait(30)
  expect(snapshot).not.toHaveBeenCalled()
})

const onlyFriends = (origin: string | undefined): boolean => origin === undefined || origin === 'https://friend.example'

test.each([['websocket'], ['polling']])('an origin that is not allowed is refused over %s, and no origin is fine', async (transport) => {
  const server = await serve({ isAllowedOrigin: onlyFriends })
  const from = (origin: string) => ({ transports: [transport], extraHeaders: { Origin: origin } })
  await expect(connect(server.url, from('https://foe.example'))).rejects.toThrow()
  await connect(server.url, from('https://friend.example'))
  await connect(server.url)
  expect(await server.metric('socket_refused_total', 'reason="origin"')).toBe(1)
})

test('an allowed origin gets the headers that its browser asks for, another one does not', async () => {
  const { url } = await serve({ isAllowedOrigin: onlyFriends })
  const poll = (Origin: string, method = 'GET') => fetch(`${url}/socket.io/?EIO=4&transport=polling`, { method, headers: { Origin } })
  const [friend, foe, preflight] = [await poll('https://friend.example'), await poll('https://foe.example'), await poll('https://friend.example', 'OPTIONS')]
  expect([friend.status, friend.headers.get('access-control-allow-origin')]).toEqual([200, 'https://friend.example'])
  expect([foe.status, foe.headers.get('access-control-allow-origin')]).toEqual([403, null])
  expect(await foe.json()).toEqual({ code: 4, message: 'this origin is not allowed' })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, 'https://friend.example'])
})

test('a client too many is refused, and let in once there is room', async () => {
  const server = await serve({ maxSockets: 1 })
  const first = await connect(server.url)
  await expect(connect(server.url)).rejects.toThrow()
  expect(await server.metric('socket_refused_total', 'reason="full"')).toBe(1)
  first.socket.close()
  await vi.waitFor(() => connect(server.url))
})

test('a client that polls at first goes on over a websocket', async () => {
  const server = await serve()
  const { socket, ask } = await connect(server.url, { transports: ['polling', 'websocket'] })
  await vi.waitFor(() => expect(socket.io.engine.transport.name).toBe('websocket'))
  expect(await ask('consume_1_min_aggregations')).toEqual({ ok: true })
})

test.each([['websocket'], ['polling']])('below a prefix it answers too, over %s', async (transport) => {
  const { url } = await serve()
  const { ask } = await connect(url, { path: '/below/socket.io', transports: [transport] })
  expect(await ask('consume_1_min_aggregations')).toEqual({ ok: true })
})

test('when the process stops clients are closed so that they come back by themselves, and no new ones are let in', async () => {
  const server = await serve()
  const [first, polling] = [await connect(server.url), await connect(server.url, { transports: ['polling'] })]
  const gone = Promise.all([first, polling].map(({ socket }) => goneFrom(socket)))
  server.stop()
  await gone
  expect([first.socket.active, polling.socket.active]).toEqual([true, true])
  for (const transports of [['websocket'], ['polling']]) await expect(connect(server.url, { transports })).rejects.toThrow()
})

/** Asks for a websocket in plain text, and answers what comes until the connection ends. */
async function upgrade(port: number, path: string, protocol = 'websocket'): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\n\r\n`)
  const timer = setTimeout(() => socket.destroy(), 5000)
  const answer = await text(socket).catch(String)
  clearTimeout(timer)
  return answer
}

test('websockets on other paths, and requests that are none, are refused without harm', async () => {
  const { port, url } = await serve()
  for (const path of ['/', '/views', '/socket.iox/', '//:99999/socket.io/', '/\\:99999/socket.io/', '/a?b=/socket.io/']) {
    expect(await upgrade(port, path)).toMatch(/^HTTP\/1\.1 404 /)
  }
  for (const query of ['', '?EIO=4&transport=websocket', '?EIO=3&transport=websocket', '?EIO=4&transport=websocket&sid=x']) {
    expect(await upgrade(port, `/socket.io/${query}`)).toMatch(/^HTTP\/1\.1 400 /)
  }
  expect((await fetch(`${url}/socket.io/?EIO=4&transport=smoke`)).status).toBe(400)
  expect((await fetch(`${url}/socket.io/socket.io.js`)).status).toBe(404)
  await connect(url)
})
