import { Router } from 'express'
import { expect, test } from 'vitest'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics, createMetricsRouter } from './metrics.ts'

test('a scrape gives every metric with the name of the service', async () => {
  const metrics = createMetrics({ service: 'ingest' })
  metrics.counter({ name: 'events_total', help: 'Events.', labels: ['topic'] }).inc({ topic: 'like' }, 3)
  const lag = metrics.gauge({ name: 'lag', help: 'Lag.' })
  metrics.onScrape(async () => lag.set(7))
  const text = await metrics.text()
  expect(text).toContain('events_total{topic="like",service="ingest"} 3')
  expect(text).toContain('lag{service="ingest"} 7')
  expect(text).toContain('process_cpu_seconds_total')
})

test('parts of one process that ask for the same name share the metric, other processes do not', async () => {
  const [metrics, others] = [createMetrics({ service: 'a' }), createMetrics({ service: 'b' })]
  const options = { name: 'flushes_total', help: 'Flushes.' }
  metrics.counter(options).inc()
  metrics.counter(options).inc()
  expect(await metrics.text()).toContain('flushes_total{service="a"} 2')
  expect(await others.text()).not.toContain('flushes_total')
})

test('answers are measured by method, route pattern and status, and scraped over HTTP', async () => {
  const metrics = createMetrics({ service: 'ingest' })
  const router = Router().get('/users/:id', (_req, res) => void res.json({}))
  const routers = [createMetricsRouter(metrics), { path: '/ingress', router }]
  const app = createHttpApp({ logger: silentLogger, metrics, routers })
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  for (const path of ['/ingress/users/1', '/ingress/users/2', '/x1', '/x2']) await (await fetch(url + path)).text()
  const scraped = await fetch(`${url}/metrics`)
  const text = await scraped.text()
  await close(0)
  expect(scraped.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const count = 'http_request_duration_seconds_count'
  expect(text).toContain(`${count}{service="ingest",method="GET",route="/ingress/users/:id",status="200"} 2`)
  expect(text).toContain(`${count}{service="ingest",method="GET",route="unmatched",status="404"} 2`)
})

test('a prefix that a client writes in another way makes no series of its own', async () => {
  const metrics = createMetrics({ service: 'ingest' })
  const router = Router().get('/users/:id', (_req, res) => void res.json({}))
  const app = createHttpApp({ logger: silentLogger, metrics, routers: [{ path: '/ingress', router }] })
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  for (const path of ['/ingress/users/1', '/INGRESS/USERS/1', '/iNgReSs/users/1']) expect((await fetch(url + path)).status).toBe(200)
  await close(0)
  const series = (await metrics.text()).split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count'))
  expect(series).toEqual([expect.stringMatching(/route="\/ingress\/users\/:id",status="200"} 3$/)])
})
