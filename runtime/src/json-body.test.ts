import { once } from 'node:events'
import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { Router } from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpApp, listen, type HttpListener } from './http-server.ts'
import { readJsonBody, readTextBody } from './json-body.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

const maxBodyBytes = 10_000
const failures: unknown[] = []
const logger = { ...silentLogger, error: (...words: unknown[]) => void failures.push(words) }

const router = Router()
  .post('/json', async (req, res) => void res.json({ got: await readJsonBody(req, { maxBodyBytes }) }))
  .post('/text', async (req, res) => void res.json(await readTextBody(req, { maxBodyBytes })))

let server: HttpListener
beforeAll(async () => {
  const app = createHttpApp({ logger, metrics: createMetrics({ service: 'test' }), routers: [router] })
  server = await listen(app, { host: '127.0.0.1', port: 0 })
})
afterAll(() => server.close(0))

async function post(body: string | Buffer, headers: Record<string, string> = {}, path = '/json') {
  const sent = { 'content-type': 'application/json', ...headers }
  const bytes = new Uint8Array(Buffer.from(body))
  const answer = await fetch(server.url + path, { method: 'POST', headers: sent, body: bytes })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON;charset="UTF-8"',
  'application/vnd.api+json',
])('a body of type %s is read', async (type) => {
  const { status, body } = await post('{"a":"ü😀"}', { 'content-type': type })
  expect([status, body]).toEqual([200, { got: { a: 'ü😀' } }])
})

test.each([
  'text/plain',
  'application/jsonp',
  'application/json; charset=latin1',
  'application/x-ndjson',
  '',
])('a body of type %j is refused with 415', async (type) => {
  const { status, headers, body } = await post('{}', { 'content-type': type })
  expect([status, headers.get('accept')]).toEqual([415, 'application/json'])
  expect(body).toMatchObject({ status: 415, title: 'Unsupported Media Type' })
})

test('NDJSON is taken where it is allowed', async () => {
  const lines = '{"a":1}\n{"a":2}\n'
  const { body } = await post(lines, { 'content-type': 'application/x-ndjson' }, '/text')
  expect(body).toEqual({ type: 'ndjson', text: lines })
  expect((await post('[]', {}, '/text')).body).toEqual({ type: 'json', text: '[]' })
  expect((await post('[]', { 'content-type': 'text/csv' }, '/text')).status).toBe(415)
})

test.each([
  ['gzip', gzipSync('{"a":1}')],
  ['deflate', deflateSync('{"a":1}')],
  ['br', brotliCompressSync('{"a":1}')],
  ['identity', Buffer.from('{"a":1}')],
])('a body in %s is unpacked', async (encoding, bytes) => {
  expect(await post(bytes, { 'content-encoding': encoding })).toMatchObject({ status: 200, body: { got: { a: 1 } } })
})

test.each(['compress', 'gzip, gzip', 'constructor'])('the encoding %s is refused with 415', async (encoding) => {
  const { status, headers } = await post('{}', { 'content-encoding': encoding })
  expect([status, headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate, br'])
})

test('a small body that unpacks to a huge one is refused with 413', async () => {
  const zeros = Buffer.alloc(50_000_000, '0')
  expect((await post(brotliCompressSync(zeros), { 'content-encoding': 'br' })).status).toBe(413)
  expect((await post(gzipSync(Buffer.alloc(200_000, '0')), { 'content-encoding': 'gzip' })).status).toBe(413)
})

test('a body that is not in its encoding is refused with 400', async () => {
  expect((await post('{"a":1}', { 'content-encoding': 'gzip' })).status).toBe(400)
  expect((await post(gzipSync('{"a":1}').subarray(0, 12), { 'content-encoding': 'gzip' })).status).toBe(400)
})

test('a body of the limit is read, a larger one is refused with 413', async () => {
  expect((await post(JSON.stringify('x'.repeat(maxBodyBytes - 2)))).status).toBe(200)
  expect((await post(JSON.stringify('x'.repeat(maxBodyBytes - 1)))).status).toBe(413)
  expect((await post(JSON.stringify('x'.repeat(5_000_000)))).status).toBe(413)
})

test('a body without a stated length is bounded too', async () => {
  const body = new ReadableStream({
    start(controller) {
      for (let index = 0; index < 100; index += 1) controller.enqueue(Buffer.alloc(1000, ' '))
      controller.close()
    },
  })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' }
  expect((await fetch(`${server.url}/json`, init as RequestInit)).status).toBe(413)
})

test.each([
  ['no bytes', Buffer.alloc(0)],
  ['half a document', Buffer.from('{"a":')],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['a surrogate written as UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
])('%s is refused with 400', async (_name, bytes) => {
  expect((await post(bytes)).status).toBe(400)
})

test('a byte order mark is dropped', async () => {
  expect((await post('\ufeff{"a":1}')).body).toEqual({ got: { a: 1 } })
})

test('a fault inside the document is refused with 422 and its place', async () => {
  const { status, body } = await post('{"a":{"__proto__":1}}')
  expect(status).toBe(422)
  expect(body).toMatchObject({ errors: [{ pointer: '/a/__proto__', detail: 'a member of this name is not accepted' }] })
})

test('a client that leaves in the middle of its body harms nothing', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.write('POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"')
  await once(socket, 'ready')
  await new Promise((resolve) => setTimeout(resolve, 30))
  socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect((await post('{}')).status).toBe(200)
  expect(failures).toEqual([])
})
