import { Router } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { allowOrigin, createCorsRouter, originList } from './allow-origin.ts'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

test.each([
  ['nobody on the list', [], [true, true, false, false, false]],
  ['one on the list', ['https://a.example'], [true, true, true, false, false]],
  ['everybody', ['*'], [true, true, true, true, true]],
])('with %s, requests without an origin and those of its own pages pass', (_name, origins, expected) => {
  const isAllowed = allowOrigin(origins)
  const asked = [undefined, 'https://service.example:8080', 'https://a.example', 'https://a.example.evil', 'null']
  expect(asked.map((origin) => isAllowed(origin, 'Service.example:8080'))).toEqual(expected)
})

test('a list is read as browsers write origins, and anything else is a fault', () => {
  expect(originList.parse(' https://a.example, http://localhost:3000,, ')).toEqual(['https://a.example', 'http://localhost:3000'])
  expect([originList.parse(''), originList.parse('*')]).toEqual([[], ['*']])
  for (const wrong of ['a.example', 'https://a.example/', 'https://a.example/path', 'null', 'file:///x', 'https://A.example', '**']) {
    expect(originList.safeParse(wrong).error?.issues[0]?.message).toMatch(/^expected origins/)
  }
})

async function serve(): Promise<string> {
  const routes = Router()
    .get('/read', (_req, res) => void res.json({ read: true }))
    .post('/write', (_req, res) => void res.json({ written: true }))
  const routers = [createCorsRouter(allowOrigin(['https://a.example']), ['/read']), routes]
  const app = createHttpApp({ logger: silentLogger, metrics: createMetrics({ service: 'test' }), routers })
  const listener = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close(0))
  return listener.url
}

const ask = (url: string, method: string, origin: string) => fetch(url, { method, headers: { Origin: origin } })

test('what an allowed page reads says so; another page is told nothing of it', async () => {
  const url = await serve()
  const [friend, foe] = await Promise.all([ask(`${url}/read`, 'GET', 'https://a.example'), ask(`${url}/read`, 'GET', 'https://b.example')])
  expect([friend.status, friend.headers.get('access-control-allow-origin'), friend.headers.get('vary')]).toEqual([200, 'https://a.example', 'Origin'])
  expect([foe.status, foe.headers.get('access-control-allow-origin'), foe.headers.get('vary')]).toEqual([200, null, 'Origin'])
})

test('a browser that asks beforehand may send the place where it left', async () => {
  const url = await serve()
  const friend = await ask(`${url}/read`, 'OPTIONS', 'https://a.example')
  expect([friend.status, friend.headers.get('access-control-allow-headers')]).toEqual([204, expect.stringContaining('Last-Event-ID')])
  const foe = await ask(`${url}/read`, 'OPTIONS', 'https://b.example')
  expect(foe.headers.get('access-control-allow-headers')).toBeNull()
})

test('who asks which methods a path takes is told, from whatever page', async () => {
  const url = await serve()
  const asked = await Promise.all([{}, { Origin: 'https://a.example' }, { Origin: 'https://b.example' }].map((headers) => fetch(`${url}/read`, { method: 'OPTIONS', headers })))
  expect(asked.map(({ status, headers }) => [status, headers.get('allow')])).toEqual(asked.map(() => [204, 'GET, HEAD, OPTIONS']))
})

test('other routes are left alone', async () => {
  const url = await serve()
  const answer = await ask(`${url}/write`, 'POST', 'https://a.example')
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, null])
})
