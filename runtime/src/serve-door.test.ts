import { hash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { Router } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { doorFields } from './door-settings.ts'
import { createHealth } from './health.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { HttpProblem } from './problem.ts'
import { createDoor, serveProcess } from './serve-process.ts'
import { noTracing } from './tracing.ts'

const page = { Origin: 'https://a.example' }
const key = { 'X-API-Key': 'web.secret' }

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

/** A process with one key and a route that pages of one origin may read. */
async function serve(env: Record<string, string> = {}, logger = silentLogger) {
  const api = `web:read:${hash('sha256', 'secret')}`
  const config = { HOST: env['HOST'] ?? '127.0.0.1', PORT: 0, CORS_ORIGINS: ['https://a.example'], ...z.object(doorFields).parse({ API_KEYS: api, ...env }) }
  const metrics = createMetrics({ service: 'test' })
  const health = createHealth()
  health.addCheck('row store', () => Promise.reject(new Error('db.internal refused')))
  const traced: string[] = []
  const router = Router()
    .get('/views/:name', (_req, res) => void res.json('read'))
    .get('/starting', () => {
      throw new HttpProblem({ status: 503 })
    })
  const listener = await serveProcess({
    config,
    door: createDoor(config, { logger, metrics }),
    logger,
    metrics,
    health,
    tracing: { ...noTracing, request: (_header, _mayBegin, { name }) => void traced.push(name) },
    router,
    openPaths: [],
    readablePaths: ['/views/:name', '/starting'],
    onStop: (_name, stop) => onTestFinished(async () => void (await stop())),
  })
  onTestFinished(() => listener.close(0))
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(listener.url + path, { method, headers })
  return { ask, metrics, traced }
}

test('a page of an allowed origin can read why it was refused', async () => {
  const { ask } = await serve({ RATE_LIMIT: '3' })
  const answers = []
  for (const [path, headers] of [['/views/x', page], ['/starting', { ...page, ...key }], ['/views/x', { ...page, ...key }]] as const) answers.push(await ask(path, headers))
  for (let count = 0; count < 8; count++) answers.push(await ask('/views/x', page))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401, 429, 503]))
  for (const { headers } of answers) expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([page.Origin, 'Origin'])
  expect((await ask('/views/x', { Origin: 'https://b.example' })).headers.get('access-control-allow-origin')).toBeNull()
})

test('a page that asks beforehand is answered, however often', async () => {
  const { ask } = await serve({ RATE_LIMIT: '1' })
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask('/views/x', page, 'OPTIONS')))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204))
})

test('what needs no key has a rate too, but for health', async () => {
  const { ask } = await serve({ RATE_LIMIT: '2' })
  const statuses = async (path: string) => new Set(await Promise.all(Array.from({ length: 8 }, async () => (await ask(path)).status)))
  expect(await statuses('/docs')).toContain(429)
  expect(await statuses('/metrics')).toContain(429)
  expect(await statuses('/healthz')).toEqual(new Set([200]))
})

test('strangers learn which store is missing, and who watches also why', async () => {
  const port = await freePort()
  const { ask } = await serve({ METRICS_PORT: String(port) })
  expect(await (await ask('/readyz')).json()).toMatchObject({ missing: ['row store'] })
  expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toMatchObject({ missing: ['row store: db.internal refused'] })
})

test('who is refused makes no spans', async () => {
  const { ask, traced } = await serve()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  for (const path of ['/views/x', '/nowhere', '/healthz']) await ask(path, { traceparent })
  expect(traced).toEqual([])
  await ask('/views/x', { traceparent, ...key })
  expect(traced).toEqual(['GET'])
})

test('the port of those who watch has the limits of the other one, and tells whom it refused', async () => {
  const port = await freePort()
  const { metrics } = await serve({ METRICS_PORT: String(port), REQUEST_TIMEOUT_MS: '200', MAX_CONNECTIONS: '1' })
  const slow = connect(port, '127.0.0.1')
  slow.write('GET /metrics HTTP/1.1\r\n')
  const said = text(slow)
  await once(slow, 'connect')
  expect(await text(connect(port, '127.0.0.1')).catch(() => '')).toBe('')
  expect(await said).toMatch(/^HTTP\/1\.1 408 /)
  const refused = (await metrics.text()).split('\n').filter((line) => line.startsWith('refused_total{'))
  expect(new Set(refused.map((line) => /reason="([^"]+)"/.exec(line)![1]))).toEqual(new Set(['connections', 'slow']))
})

test('who needs no key is warned of where others may come in', async () => {
  const warned: unknown[] = []
  const logger = { ...silentLogger, warn: (...line: unknown[]) => void warned.push(line) }
  const open = { HOST: '0.0.0.0', API_KEYS: '', PUBLISHED_AT: '127.0.0.1:8080' }
  await serve(open, logger)
  expect(warned).toEqual([[expect.stringMatching(/^nobody needs a key/), { host: '0.0.0.0', publishedAt: '127.0.0.1:8080' }]])
  await serve({ ...open, HOST: '127.0.0.1' }, logger)
  await serve({ HOST: '0.0.0.0' }, logger)
  expect(warned).toHaveLength(1)
})
