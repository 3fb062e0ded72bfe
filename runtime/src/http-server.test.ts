import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { TwofoldError } from '@twofold/core/errors.ts'
import { Router } from 'express'
import { onTestFinished, expect, test } from 'vitest'
import { createHttpApp, listen, type HttpListener, type ListenOptions } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { HttpProblem } from './problem.ts'

const errors: unknown[] = []
const logger = { ...silentLogger, error: (_message: string, fields?: object) => void errors.push(fields) }

async function serve(router: Router, options: Partial<ListenOptions> = {}): Promise<HttpListener> {
  const routers = [router, { path: '/ingress', router }]
  const app = createHttpApp({ logger, metrics: createMetrics({ service: 'test' }), routers })
  const listener = await listen(app, { host: '127.0.0.1', port: 0, ...options })
  onTestFinished(() => listener.close(0))
  return listener
}

const users = Router()
  .get('/users/:id', (req, res) => void res.json({ id: req.params.id }))
  .post('/users', (_req, res) => void res.status(202).json({ id: 'a' }))
  .put('/users/:id', (_req, res) => void res.json({}))

test('one router answers at the root and below a prefix', async () => {
  const { url } = await serve(users)
  expect(await (await fetch(`${url}/users/a`)).json()).toEqual({ id: 'a' })
  const prefixed = await fetch(`${url}/ingress/users/b`)
  expect(await prefixed.json()).toEqual({ id: 'b' })
  expect(prefixed.headers.has('x-powered-by')).toBe(false)
})

test('an unknown path is a problem of status 404', async () => {
  const { url } = await serve(users)
  const answer = await fetch(`${url}/nowhere?token=hush`)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.json()).toEqual({ type: 'about:blank', title: 'Not Found', status: 404, instance: '/nowhere' })
})

test.each(['/users/a', '/ingress/users/a'])('a method %s has not is a 405 that names those it has', async (path) => {
  const { url } = await serve(users)
  const answer = await fetch(url + path, { method: 'DELETE' })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('GET, HEAD, PUT')
  expect(await answer.json()).toMatchObject({ status: 405, detail: 'this path takes GET, HEAD, PUT', instance: path })
})

test('what a route throws is logged, and the client learns nothing of it', async () => {
  errors.length = 0
  const { url } = await serve(Router().get('/broken', async () => Promise.reject(new Error('secret detail'))))
  const answer = await fetch(`${url}/broken`)
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('secret')
  expect(errors).toMatchObject([{ method: 'GET', path: '/broken', status: 500, error: { message: 'secret detail' } }])
})

test('a 503 that was meant is no error in the log', async () => {
  errors.length = 0
  const { url } = await serve(Router().get('/full', async () => Promise.reject(new HttpProblem({ status: 503, detail: 'full' }))))
  expect((await fetch(`${url}/full`)).status).toBe(503)
  expect(errors).toEqual([])
})

test('a path that can not be decoded is a fault of the client', async () => {
  const { url } = await serve(users)
  const answer = await fetch(`${url}/users/%ff`)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
})

test('a full queue answers 429 with the time to come again', async () => {
  const full = new TwofoldError('QUEUE_FULL', 'the queue is full')
  const { url } = await serve(Router().get('/full', () => Promise.reject(full)))
  const answer = await fetch(`${url}/full`)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1'])
})

test('an error after the answer began closes the connection, so that nobody takes the part for the whole', async () => {
  const half = Router().get('/half', async (_req, res) => {
    res.write('half')
    await wait(10)
    throw new Error('too late')
  })
  const { url } = await serve(half)
  await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow()
})

test('closing lets a running request finish and closes idle connections at once', async () => {
  const slow = Router().get('/slow', async (_req, res) => {
    await wait(100)
    res.json({ done: true })
  })
  const { url, port, close } = await serve(slow)
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const answer = fetch(`${url}/slow`)
  await wait(30)
  const startedAt = performance.now()
  const closed = close(5000)
  expect(await (await answer).json()).toEqual({ done: true })
  await closed
  expect(performance.now() - startedAt).toBeLessThan(1000)
  await expect(fetch(`${url}/slow`)).rejects.toThrow()
})

test('closing ends a request that takes longer than the grace', async () => {
  const { url, close } = await serve(Router().get('/endless', (_req, res) => void res.write('.')))
  const answer = await fetch(`${url}/endless`)
  await close(50)
  await expect(answer.text()).rejects.toThrow()
})

test('a client that sends its headers too slowly is closed', async () => {
  const { port } = await serve(users, { headersTimeoutMs: 100 })
  const slow = connect(port, '127.0.0.1')
  slow.write('GET /users/a HTTP/1.1\r\nHost: x\r\n')
  expect(await text(slow)).toMatch(/^HTTP\/1\.1 408 /)
})

test.each([
  ['nonsense\r\n\r\n', '400'],
  [`GET /users/a HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ['GET /users/a HTTP/1.1\r\nHost:', '408'],
])('what is refused behind a good request on one connection is told so (%#)', async (words, status) => {
  const { port } = await serve(users, { headersTimeoutMs: 100 })
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /users/a HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  socket.write(words)
  expect(await text(socket)).toMatch(`HTTP/1.1 ${status} `)
})

test('an answer that is on its way gets no other one into its middle', async () => {
  const { port } = await serve(Router().get('/endless', (_req, res) => void res.write('.')))
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n')
  expect(await text(socket).catch(() => '')).not.toContain(' 400 ')
})

test('an address that is taken rejects', async () => {
  const { port } = await serve(users)
  await expect(serve(users, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
