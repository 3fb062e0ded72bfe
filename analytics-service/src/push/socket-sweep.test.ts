import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { rowOf, serveReports } from './socket-reports.test-kit.ts'

const rooms = Array.from({ length: 200 }, (_, index) => `${index}`.padEnd(200, 'x'))

async function serve() {
  const server = await serveReports({ sweepMs: 20 })
  onTestFinished(server.close)
  return server
}

/** A text frame as a client sends it, masked with zeros. */
function frame(content: string): Buffer {
  const body = Buffer.from(content)
  const length = body.length < 126 ? Buffer.from([0x80 | body.length]) : Buffer.from([0x80 | 126, body.length >> 8, body.length & 255])
  return Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(4), body])
}

/** A client that asks for all rooms, and then reads nothing any more. */
async function connectDeaf(port: number): Promise<TcpSocket> {
  const socket = connectTcp(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  const headers = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`
  socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(frame('40'))
  await once(socket, 'data')
  for (const request of [['register_room', { rooms }], ['consume_1_min_aggregations']]) socket.write(frame(`42${JSON.stringify(request)}`))
  socket.pause()
  return socket
}

/** Publishes until the condition holds. */
async function publishUntil(server: Awaited<ReturnType<typeof serve>>, isEnough: () => Promise<boolean>): Promise<void> {
  for (let count = 1; !(await isEnough()); count += 1) {
    server.feed.publish(1, ...rooms.map((room) => rowOf(room, count)))
    await turn()
  }
}

test('a client that does not read is dropped, and costs nobody else anything', async () => {
  const server = await serve()
  const reader = io(server.url, { transports: ['websocket'], forceNew: true, reconnection: false })
  onTestFinished(() => void reader.close())
  let heard = 0
  reader.on('live_aggregations_1', () => (heard += 1))
  reader.emit('register_room', { rooms: [rooms[0]] })
  reader.emit('consume_1_min_aggregations')
  const deaf = await connectDeaf(server.port)
  await vi.waitFor(async () => expect(await server.metric('socket_subscribers')).toBe(2))

  await publishUntil(server, async () => (await server.metric('socket_dropped_total', 'reason="slow"')) === 1)
  await vi.waitFor(async () => expect(await server.metric('socket_subscribers')).toBe(1))
  deaf.resume()
  await once(deaf, 'close')
  const before = heard
  server.feed.publish(1, rowOf(rooms[0]!, 0, { final: true }))
  await vi.waitFor(() => expect(heard).toBeGreaterThan(before))
  expect(reader.connected).toBe(true)
})

test('a client that stopped polling is dropped', async () => {
  const server = await serve()
  const ask = async (query: string, body?: string): Promise<string> => {
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling${query}`, body === undefined ? {} : { method: 'POST', body })
    return answer.text()
  }
  const { sid } = JSON.parse((await ask('')).slice(1)) as { sid: string }
  for (const request of ['40', `42${JSON.stringify(['register_room', { rooms }])}`, '42["consume_1_min_aggregations"]']) await ask(`&sid=${sid}`, request)
  await ask(`&sid=${sid}`)
  await publishUntil(server, async () => (await server.metric('socket_dropped_total', 'reason="slow"')) === 1)
  await vi.waitFor(async () => expect(await server.metric('socket_subscribers')).toBe(0))
})

test('many reports at once are no reason to drop a client that reads', async () => {
  const server = await serve()
  const reader = io(server.url, { transports: ['websocket'], forceNew: true, reconnection: false })
  onTestFinished(() => void reader.close())
  const heard = new Map<string, number>()
  reader.on('live_aggregations_1', ({ id, count }: { id: string; count: number }) => heard.set(id, count))
  reader.emit('register_room', { rooms })
  reader.emit('consume_1_min_aggregations')
  await publishUntil(server, async () => heard.size === rooms.length && heard.get(rooms[0]!)! > 50)
  expect(reader.connected).toBe(true)
  expect(await server.metric('socket_dropped_total')).toBe(0)
})
