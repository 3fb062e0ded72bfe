import { describe, expect, onTestFinished, test } from 'vitest'
import { createHealth, createHealthRouter, type Health } from './health.ts'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

async function ask(health: Health, path: string, tellsReasons = true) {
  const routers = [createHealthRouter(health, { tellsReasons })]
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

test('to strangers what is missing is named without its reason, and once', async () => {
  const health = createHealth()
  for (const reason of ['db.internal:3306 refused', 'no table']) health.addCheck('row store', () => Promise.reject(new Error(reason)))
  health.addCheck('event log', async () => {})
  const checks = { 'row store': 'missing', 'event log': 'ok' }
  expect(await ask(health, '/readyz', false)).toEqual({ status: 503, body: { ready: false, missing: ['row store'], checks } })
})

describe('however often it is asked', () => {
  function start() {
    const world = { now: 0, asked: 0, isBroken: false }
    const changes: unknown[] = []
    const health = createHealth({ keptMs: 1000, elapsed: () => world.now, onChange: ({ missing }) => changes.push(missing) })
    const check = async (): Promise<void> => {
      world.asked += 1
      if (world.isBroken) throw new Error('gone')
    }
    health.addCheck('row store', check)
    return { world, changes, health, check }
  }

  test('the stores are asked once at a time, and once a second', async () => {
    const { world, health } = start()
    await Promise.all([health.readiness(), health.readiness()])
    world.now = 999
    await health.readiness()
    expect(world.asked).toBe(1)
    world.now = 1000
    world.isBroken = true
    expect(await health.readiness()).toMatchObject({ ready: false, missing: ['row store: gone'] })
    expect(world.asked).toBe(2)
  })

  test('a new check and the end of the process count at once', async () => {
    const { health, check } = start()
    const before = health.readiness()
    health.addCheck('event log', async () => Promise.reject(new Error('later')))
    expect(await health.readiness()).toMatchObject({ missing: ['event log: later'] })
    expect(await before).toMatchObject({ ready: true })
    expect(await health.readiness()).toMatchObject({ ready: false })
    health.addCheck('counter store', check)
    health.drain()
    expect(await health.readiness()).toMatchObject({ missing: ['event log: later', 'process: draining'] })
  })

  test('a change is told, once', async () => {
    const { world, changes, health } = start()
    for (const [now, isBroken] of [[0, false], [1000, true], [2000, true], [3000, false], [4000, false]] as const) {
      Object.assign(world, { now, isBroken })
      await health.readiness()
    }
    expect(changes).toEqual([['row store: gone'], []])
  })
})
