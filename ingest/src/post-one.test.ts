import { gzipSync } from 'node:zlib'
import { TwofoldError } from '@twofold/core/errors.ts'
import { eventType } from '@twofold/core/events/event.ts'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createFakeLog, now, postJson, send, serveIngest } from './ingest.test-kit.ts'

const never = () => new Promise(() => {})

describe('an event that is good', () => {
  test.each([
    ['/user', 'user', { id: 'u1', name: 'Ann', more: 1 }, { id: 'u1', name: 'Ann' }],
    [
      '/reaction',
      'reaction',
      { reaction_id: 'r', user_id: 7, emoji_str: '🎉' },
      { reaction_id: 'r', user_id: '7', emoji: '🎉' },
    ],
    ['/videos/v%2F1/likes', 'like', { id: 'l' }, { id: 'l', video_id: 'v/1' }],
    ['/sign', 'message-sign-request', { message_id: 'm', message: 'hi' }, { message_id: 'm', message: 'hi' }],
  ])('is appended and then acknowledged with its id: POST %s', async (path, topic, sent, payload) => {
    const log = createFakeLog()
    const { url } = await serveIngest({ log })
    const id = Object.entries(payload).find(([name]) => ['id', 'reaction_id', 'message_id'].includes(name))?.[1]
    const { status, headers, body } = await postJson(url, path, sent)
    expect([status, headers['content-type'], body]).toEqual([202, 'application/json; charset=utf-8', { id }])
    expect(log.appends).toHaveLength(1)
    const { records: [record], ...append } = log.appends[0]!
    expect(append).toEqual({ topic })
    expect(JSON.parse(String(record?.value))).toEqual(payload)
    expect(record?.key).toBe(id)
    expect(record?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/ingest',
      ce_type: `twofold.${topic}`,
      ce_time: new Date(now).toISOString(),
      'content-type': 'application/json',
    })
  })

  test('gets an id if it has none', async () => {
    const log = createFakeLog()
    const { url } = await serveIngest({ log })
    expect((await postJson(url, '/reaction', { user_id: 1, emoji: '🎉' })).body).toEqual({ id: 'n1' })
    expect((await postJson(url, '/reaction', { user_id: 1, emoji: '🎉' })).body).toEqual({ id: 'n2' })
    expect(log.records().map(({ key }) => key)).toEqual(['n1', 'n2'])
  })

  test('is answered the same when it is repeated', async () => {
    const { url } = await serveIngest({ log: createFakeLog() })
    const first = await postJson(url, '/user', { id: 'é', name: 'Ann' })
    const second = await postJson(url, '/user', { id: 'é', name: 'Ann' })
    expect([first.status, first.body]).toEqual([202, { id: 'é' }])
    expect([second.status, second.body]).toEqual([first.status, first.body])
  })

  test('may come below /ingress, packed, and with a byte order mark', async () => {
    const log = createFakeLog()
    const { url } = await serveIngest({ log })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const body = gzipSync('\ufeff{"id":"u1","name":"Ann"}')
    expect((await send(url, { path: '/ingress/user', headers, body })).status).toBe(202)
    expect(log.records()[0]?.value).toBe('{"id":"u1","name":"Ann"}')
  })

  test('may be as large as the limit', async () => {
    const { url } = await serveIngest({ log: createFakeLog() })
    const sent = (size: number) => ({
      path: '/user',
      headers: { 'content-type': 'application/json' },
      body: '{"id":"u1","name":"Ann"}'.padEnd(size),
    })
    expect((await send(url, sent(65_536))).status).toBe(202)
    expect((await send(url, sent(65_537))).status).toBe(413)
  })

  test('is not acknowledged before the log has it', async () => {
    let store = (_value?: unknown): void => {}
    const log = createFakeLog(() => new Promise((resolve) => (store = resolve)))
    const { url } = await serveIngest({ log })
    let isAnswered = false
    const answer = postJson(url, '/user', { id: 'u1', name: 'Ann' }).finally(() => (isAnswered = true))
    await expect.poll(() => log.appends.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(isAnswered).toBe(false)
    store()
    expect((await answer).status).toBe(202)
  })
})

describe('a like', () => {
  test('needs no body: the path says it all', async () => {
    const log = createFakeLog()
    const { url } = await serveIngest({ log })
    expect(await send(url, { path: '/videos/v1/likes' })).toMatchObject({ status: 202, body: { id: 'n1' } })
    expect(log.records()[0]?.value).toBe('{"video_id":"v1","id":"n1"}')
  })

  test('may name its video twice if both names are the same', async () => {
    const { url } = await serveIngest({ log: createFakeLog() })
    expect((await postJson(url, '/videos/v1/likes', { video_id: 'v1' })).status).toBe(202)
    const { status, body } = await postJson(url, '/videos/v1/likes', { video_id: 'v2' })
    expect([status, body.errors]).toEqual([422, [{ pointer: '/video_id', detail: 'must be what the path says' }]])
  })
})

describe('the trace of a request', () => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const tracesOf = async (traceparent: string) => {
    const log = createFakeLog()
    const told: [string, number][] = []
    const { url } = await serveIngest({ log, onTraced: (...each) => void told.push(each) })
    await postJson(url, '/user', { id: 'u1', name: 'Ann' }, { traceparent })
    await postJson(url, '/users', [{ id: 'u1', name: 'Ann' }, { id: 'u2' }], { traceparent })
    return { told, carried: log.records().map(({ headers }) => headers['traceparent']) }
  }

  test('goes on with the event, each request as a step of its own', async () => {
    const { carried, told } = await tracesOf(trace)
    const [, traceId] = trace.split('-')
    expect(carried).toEqual([expect.stringMatching(`^00-${traceId}-[0-9a-f]{16}-01$`), expect.stringMatching(`^00-${traceId}-[0-9a-f]{16}-01$`)])
    expect(new Set([trace, ...carried]).size).toBe(3)
    expect(told).toEqual([['user', 1], ['user', 1]])
  })

  test('is left out when nobody keeps it', async () => {
    expect(await tracesOf(trace.replace(/01$/, '00'))).toEqual({ carried: [undefined, undefined], told: [] })
  })

  test.each([
    'hello',
    trace.toUpperCase(),
    `${trace}-more`,
    trace.replace('00-', 'ff-'),
    trace.replace('b7ad6b7169203331', '0000000000000000'),
    trace.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
  ])('is left out when it is not valid: %s', async (traceparent) => {
    expect(await tracesOf(traceparent)).toEqual({ carried: [undefined, undefined], told: [] })
  })
})

describe('the clock', () => {
  test.each([
    ['/reaction', { user_id: 1, emoji: '🎉' }],
    ['/videos/v1/likes', {}],
  ])('allows %s to be a minute ahead and no more', async (path, event) => {
    const log = createFakeLog()
    const { url } = await serveIngest({ log })
    const at = (timestamp: number) => postJson(url, path, { ...event, timestamp })
    expect((await at(now + 60_000)).status).toBe(202)
    expect((await at(now - 1e12)).status).toBe(202)
    const late = await at(now + 60_001)
    expect(late.status).toBe(422)
    const detail = 'must not be more than 60 s in the future'
    expect(late.body).toMatchObject({ errors: [{ pointer: '/timestamp', detail }] })
    expect(log.appends).toHaveLength(2)
  })
})

describe('a log that does not answer', () => {
  const expected = {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'the event may have been stored: send it again with this id',
    instance: '/reaction',
    code: 'LOG_UNAVAILABLE',
  }

  test.each([
    ['is down', () => Promise.reject(new TwofoldError('LOG_UNAVAILABLE', 'broker secret:9092 is down'))],
    ['is closed', () => Promise.reject(new TwofoldError('CLOSED', 'closed'))],
    ['fails for a reason nobody thought of', () => Promise.reject(new Error('boom'))],
    ['is too slow', never],
  ])('because it %s is a 503 with the id to send again', async (_name, answer) => {
    const { url } = await serveIngest({ log: createFakeLog(answer), appendTimeoutMs: 50 })
    const { status, headers, body } = await postJson(url, '/reaction', { user_id: 1, emoji: '🎉' })
    expect([status, headers['retry-after'], headers['content-type']]).toEqual([503, '2', 'application/problem+json'])
    expect(body).toEqual({ ...expected, id: 'n1' })
    const again = await postJson(url, '/reaction', { reaction_id: body.id, user_id: 1, emoji: '🎉' })
    expect(again.body.id).toBe('n1')
  })

  test('because it threw at once is a 503 too', async () => {
    const log = { append: () => { throw new Error('boom') } }
    const { url } = await serveIngest({ log })
    expect((await postJson(url, '/user', { id: 'u1', name: 'Ann' })).body).toMatchObject({ status: 503, id: 'u1' })
  })

  test('because its queue is full is a 429, and nothing was stored', async () => {
    const log = createFakeLog(() => Promise.reject(new TwofoldError('QUEUE_FULL', 'full')))
    const { url } = await serveIngest({ log })
    const { status, headers, body } = await postJson(url, '/user', { id: 'u1', name: 'Ann' })
    expect([status, headers['retry-after'], body.id]).toEqual([429, '1', undefined])
  })

  test('lets no more than the bound wait, also after they were told that it is too slow', async () => {
    let isDown = true
    const held: (() => void)[] = []
    const log = createFakeLog(() => (isDown ? new Promise<void>((resolve) => held.push(resolve)) : Promise.resolve()))
    const { url } = await serveIngest({ log, appendTimeoutMs: 50, maxWaiting: 3 })
    const post = (id: number) => postJson(url, '/user', { id: `u${id}`, name: 'Ann' })
    expect((await Promise.all([1, 2, 3].map(post))).map(({ status }) => status)).toEqual([503, 503, 503])
    expect((await post(4)).status).toBe(429)
    expect(log.appends).toHaveLength(3)
    isDown = false
    for (const release of held) release()
    await expect.poll(async () => (await post(5)).status).toBe(202)
  })

  test('lets no more than the bound of memory wait', async () => {
    const { url } = await serveIngest({ log: createFakeLog(never), appendTimeoutMs: 20, maxWaitingSize: 100 })
    const post = () => postJson(url, '/sign', { message: 'x'.repeat(100) })
    expect([(await post()).status, (await post()).status]).toEqual([503, 429])
  })
})

test('an event type of another system gets its routes too, and its records stay within the limit', async () => {
  const schema = z.object({ size: z.int() }).transform(({ size }) => ({ text: 'é'.repeat(size) }))
  const routes = { single: '/echo/:size', plural: '/echoes' }
  const echoes = eventType({ topic: 'echo', description: 'An echo.', routes, schema, idOf: () => 'e', columns: [] })
  const log = createFakeLog()
  const { url } = await serveIngest({ log, events: [echoes] })
  expect(await postJson(url, '/echoes', [{ size: 32_000 }, { size: 33_000 }])).toMatchObject({
    status: 200,
    body: { results: [{ id: 'e', status: 202 }, { status: 413, detail: 'the event is larger than 65536 bytes' }] },
  })
  expect((await postJson(url, '/user', {})).status).toBe(404)
})

test('what events were answered with is counted', async () => {
  const { url, metrics } = await serveIngest({ log: createFakeLog() })
  await postJson(url, '/user', { id: 'u1', name: 'Ann' })
  await postJson(url, '/user', { id: 'u1' })
  await postJson(url, '/users', [{ id: 'u1', name: 'Ann' }, { id: 'u2', name: 'Ben' }, {}])
  const text = async () => (await metrics.text()).split('\n').filter((line) => line.startsWith('ingest_'))
  expect(await text()).toEqual([
    'ingest_events_total{topic="user",status="202",service="test"} 3',
    'ingest_events_total{topic="user",status="422",service="test"} 2',
    'ingest_waiting_requests{service="test"} 0',
  ])
  expect((await text())[0]).toContain(' 3')
})

test('an id that ingest made is stored with the event: sent again with it, it is the same event', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const reaction = { user_id: 'u1', emoji: '🎉' }
  const { body } = await postJson(url, '/reaction', reaction)
  await postJson(url, '/reaction', { ...reaction, reaction_id: body.id })
  const [first, second] = log.records()
  expect([second?.value, second?.key]).toEqual([first?.value, first?.key])
})
