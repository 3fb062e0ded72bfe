import { hash } from 'node:crypto'
import { Router } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { createAccess } from './access.ts'
import { apiKeyList } from './api-keys.ts'
import { createGuard, type GuardOptions } from './guard-requests.ts'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

const keys = apiKeyList.parse(['read', 'ingest'].map((scope) => `${scope}:${scope}:${hash('sha256', scope)}`).join())

async function serve(options: Partial<GuardOptions> = {}, live = keys) {
  const refused: string[] = []
  const access = createAccess({ keys: live, onRefused: (reason) => void refused.push(reason) })
  const guard = createGuard({ access, rateLimit: 0, openPaths: [], noteRefusal: (reason) => void refused.push(reason), ...options })
  const routes = Router().all('/{*any}', (req, res) => void res.json({ method: req.method }))
  const app = createHttpApp({ logger: silentLogger, metrics: createMetrics({ service: 'test' }), routers: [guard, routes] })
  const listener = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close(0))
  const ask = (path: string, key?: string, method = 'GET') =>
    fetch(listener.url + path, { method, headers: key === undefined ? {} : { 'X-API-Key': `${key}.${key}` } })
  return { ask, refused }
}

test('what reads needs one scope, and everything else the other one', async () => {
  const { ask } = await serve()
  const statuses = async (key?: string) => Promise.all(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map(async (method) => (await ask('/x', key, method)).status))
  expect(await statuses('read')).toEqual([200, 200, 403, 403, 403, 403, 200])
  expect(await statuses('ingest')).toEqual([403, 403, 200, 200, 200, 200, 200])
  expect(await statuses()).toEqual([401, 401, 401, 401, 401, 401, 200])
})

test('an open path is open as it stands, and not what begins or ends like it', async () => {
  const { ask } = await serve({ openPaths: ['/docs'] })
  const statuses = await Promise.all(['/docs', '/docs/', '/docs/more', '/a/docs', '/docs%2f..%2fviews', '//docs', '/docs;x'].map(async (path) => (await ask(path)).status))
  expect(statuses).toEqual([200, 200, 401, 401, 401, 401, 401])
})

test('without keys everybody may do everything', async () => {
  const { ask } = await serve({}, [])
  expect((await ask('/x', undefined, 'POST')).status).toBe(200)
})

test('each key has its own rate, and who is over it is told when to come again', async () => {
  const { ask, refused } = await serve({ rateLimit: 2, openPaths: ['/docs'] })
  const answers = []
  for (let count = 0; count < 4; count++) answers.push(await ask('/x', 'read'))
  // The second may have turned in between.
  const refusal = answers.find(({ status }) => status === 429)!
  expect(refusal.headers.get('retry-after')).toBe('1')
  expect(refusal.headers.get('ratelimit')).toMatch(/^"requests"; r=0; t=\d+$/)
  expect(refusal.headers.get('ratelimit-policy')).toMatch(/^"requests"; q=2; w=1/)
  expect(await refusal.json()).toMatchObject({ status: 429, detail: 'more than 2 requests a second' })
  expect((await ask('/x', 'ingest', 'POST')).status).toBe(200)
  expect(refused).toContain('rate')
})

test('a path that needs no key has the rate of its address; who asks which methods there are is not counted', async () => {
  const { ask } = await serve({ rateLimit: 2, openPaths: ['/docs'] })
  const statuses = async (method: string) => Promise.all(Array.from({ length: 8 }, async () => (await ask('/docs', undefined, method)).status))
  expect(new Set(await statuses('OPTIONS'))).toEqual(new Set([200]))
  expect(new Set(await statuses('GET'))).toEqual(new Set([200, 429]))
})
