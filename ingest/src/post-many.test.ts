import { TwofoldError } from '@twofold/core/errors.ts'
import { expect, test } from 'vitest'
import { createFakeLog, now, postJson, postLines, send, serveIngest } from './ingest.test-kit.ts'

const ann = { id: 'a', name: 'Ann' }
const ben = { id: 'b', name: 'Ben' }

test('a list is answered event by event, and the accepted ones are one append', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const { status, headers, body } = await postJson(url, '/users', [ann, { id: 'x' }, ben, null])
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
  const detail = 'the request is not valid'
  const problem = { type: 'about:blank', title: 'Unprocessable Entity', status: 422, detail }
  expect(body.results).toEqual([
    { id: 'a', status: 202 },
    { ...problem, errors: [{ pointer: '/name', detail: expect.any(String) }] },
    { id: 'b', status: 202 },
    { ...problem, errors: [{ pointer: '', detail: expect.any(String) }] },
  ])
  expect(log.appends).toMatchObject([{ topic: 'user', records: [{ key: 'a' }, { key: 'b' }] }])
})

test('lines are answered line by line; blank ones at the end are none', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const lines = `${JSON.stringify(ann)}\r\n\n{"id":"x","na\n${JSON.stringify(ben)}\n\n \r\n`
  const { status, body } = await postLines(url, '/users', lines)
  expect(status).toBe(200)
  expect(body.results.map((result: { status: number }) => result.status)).toEqual([202, 400, 400, 202])
  expect(body.results[2].detail).toContain('not JSON')
  expect(log.appends).toHaveLength(1)
})

test('a last line that was cut is refused alone', async () => {
  const { url } = await serveIngest({ log: createFakeLog() })
  const { body } = await postLines(url, '/users', `${JSON.stringify(ann)}\n{"id":"b","name":"B`)
  expect(body.results.map((result: { status: number }) => result.status)).toEqual([202, 400])
})

const items: readonly [string, string][] = [
  ['a good one', JSON.stringify(ann)],
  ['one with white space', ` \t${JSON.stringify(ann)} `],
  ['a wrong one', '{"id":"a"}'],
  ['one with brackets and commas in its texts', '{"id":"],[","name":"}\\"{\\\\"}'],
  ['one with a lone surrogate', '{"id":"a","name":"\\ud83d"}'],
  ['one with a prototype', '{"id":"a","name":"b","__proto__":1}'],
  ['one nested 32 deep', `{"id":"a","name":"b","x":${'['.repeat(31)}${']'.repeat(31)}}`],
  ['one nested 33 deep', `{"id":"a","name":"b","x":${'['.repeat(32)}${']'.repeat(32)}}`],
  ['one of the largest size', JSON.stringify(ann).padEnd(65_536)],
  ['one too large', JSON.stringify(ann).padEnd(65_537)],
  ['one too large and wrong', `{"id":"${'é'.repeat(40_000)}"}`],
]

test.each(items)('%s is answered in a list and in a line as it is alone', async (_name, item) => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const headers = { 'content-type': 'application/json' }
  const { status, body } = await send(url, { path: '/user', headers, body: item })
  const { instance: _, ...alone } = { ...body, status }
  const detailOf = (result: { status: number }) => (status === 413 ? { ...result, detail: alone.detail } : result)
  const list = await send(url, { path: '/users', headers, body: `[${item},${item}]` })
  expect(list.body.results.map(detailOf)).toEqual([alone, alone])
  expect((await postLines(url, '/users', `${item}\n${item}`)).body.results.map(detailOf)).toEqual([alone, alone])
  expect(log.records()).toHaveLength(status === 202 ? 5 : 0)
})

test('two events of one id in one list are both acknowledged with it, and both go to the log', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const { body } = await postJson(url, '/users', [ann, { ...ann, name: 'Other' }])
  expect(body.results).toEqual([{ id: 'a', status: 202 }, { id: 'a', status: 202 }])
  expect(log.records().map(({ key }) => key)).toEqual(['a', 'a'])
})

test('many likes name their videos themselves', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const early = { video_id: 'v2', timestamp: now + 60_001 }
  const { body } = await postJson(url, '/likes', [{ video_id: 'v1' }, { id: 'l' }, early])
  const refused = ['/video_id', '/timestamp'].map((pointer) => ({ status: 422, errors: [{ pointer }] }))
  expect(body.results).toMatchObject([{ id: 'n1', status: 202 }, ...refused])
  expect(log.records().map(({ value }) => value)).toEqual(['{"video_id":"v1","id":"n1"}'])
})

test('when none is good nothing is appended', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  expect((await postJson(url, '/users', [1, 2])).status).toBe(200)
  expect(log.appends).toEqual([])
})

test.each([
  ['is down', () => Promise.reject(new TwofoldError('LOG_UNAVAILABLE', 'down'))],
  ['is too slow', () => new Promise(() => {})],
])('when the log %s, each good event is told what it would have been told alone', async (_name, answer) => {
  const { url } = await serveIngest({ log: createFakeLog(answer), appendTimeoutMs: 50 })
  const messages = [{ message: 'a' }, {}, { message_id: 'm', message: 'b' }]
  const { status, headers, body } = await postJson(url, '/signs', messages)
  expect([status, headers['retry-after']]).toEqual([200, '2'])
  const detail = 'the event may have been stored: send it again with this id'
  const maybe = { status: 503, detail }
  expect(body.results).toMatchObject([{ id: 'n1', ...maybe }, { status: 422 }, { id: 'm', ...maybe }])
})

test('when too much waits for the log, each good event gets a 429', async () => {
  const { url } = await serveIngest({ log: createFakeLog(), maxWaiting: 0 })
  const { body } = await postJson(url, '/users', [ann, {}])
  expect(body.results).toMatchObject([{ status: 429 }, { status: 422 }])
})

test('ten thousand events are taken at once, and others are answered meanwhile', async () => {
  const log = createFakeLog()
  const { url } = await serveIngest({ log })
  const reactions = Array.from({ length: 10_000 }, (_, index) => ({ user_id: index, emoji: '🎉' }))
  const many = postJson(url, '/reactions', reactions)
  const others = await Promise.all([1, 2, 3].map((id) => postJson(url, '/user', { id: `u${id}`, name: 'Ann' })))
  expect(others.map(({ status }) => status)).toEqual([202, 202, 202])
  const { results } = (await many).body
  expect(results).toHaveLength(10_000)
  expect(new Set(results.map(({ id }: { id: string }) => id)).size).toBe(10_000)
  expect(log.appends.find(({ topic }) => topic === 'reaction')?.records).toHaveLength(10_000)
})
