import { expect, onTestFinished, test } from 'vitest'
import { createHealth, createHealthRouter, type Health } from './health.ts'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

async function ask(health: Health, path: string) {
  const routers = [createHealthRouter(health)]
  const app = createHttpApp({ logger: silentLogger, metrics: createMetrics({ service: 'test' }), routers })
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => close(0))
  const answer = await fetch(url + path)
  return { status: answer.status, body: await answer.json() }
}

const livenessPaths = ['/healthz', '/health', '/_health', '/health/liveness']

test.each(livenessPaths)('%s says that the process runs, whatever is missing', async (path) => {
  const health = createHealth()
  health.addCheck('row store', () => Promise.reject(new Error('gone')))
  health.drain()
  expect(await ask(health, path)).toEqual({ status: 200, body: { status: 'ok' } })
})

test.each(['/readyz', '/health/readiness'])('%s answers 200 when every check passes', async (path) => {
  const health = createHealth()
  health.addCheck('row store', async () => {})
  health.addCheck('event log', async () => {})
  const checks = { 'row store': 'ok', 'event log': 'ok' }
  expect(await ask(health, path)).toEqual({ status: 200, body: { ready: true, checks } })
})

test('what is missing is named with its reason, without passwords', async () => {
  const health = createHealth({ timeoutMs: 30 })
  health.addCheck('row store', () => Promise.reject(new Error('no answer from mysql://u:hush@db')))
  health.addCheck('counter store', () => new Promise(() => {}))
  health.addCheck('event log', async () => {})
  health.addCheck('event log', () => {
    throw new Error('topic like is missing')
  })
  expect(await ask(health, '/readyz')).toEqual({
    status: 503,
    body: {
      ready: false,
      missing: [
        'row store: no answer from mysql://u:***@db',
        'counter store: no answer within 30 ms',
        'event log: topic like is missing',
      ],
      checks: { 'row store': 'missing', 'counter store': 'missing', 'event log': 'missing' },
    },
  })
})

test('a process that drains is not ready', async () => {
  const health = createHealth()
  health.drain()
  const body = { ready: false, missing: ['process: draining'] }
  expect(await ask(health, '/readyz')).toMatchObject({ status: 503, body })
})
