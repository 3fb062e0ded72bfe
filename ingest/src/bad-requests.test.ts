import { events } from '@twofold/core/events/index.ts'
import { parseRecord } from '@twofold/core/events/parse-record.ts'
import { expect, test } from 'vitest'
import { badRequests } from './bad-requests.ts'
import { createFakeLog, postJson, send, serveIngest } from './ingest.test-kit.ts'

const log = createFakeLog()

test('each bad request is a problem, nothing of it is stored, and the next good one is taken', async () => {
  const { url } = await serveIngest({ log })
  for (const bad of badRequests) {
    const { status, headers, body } = await send(url, bad)
    const { name } = bad
    const expected = { name, status: bad.status, type: 'application/problem+json', body: { status: bad.status } }
    expect({ name, status, type: headers['content-type'], body }).toMatchObject(expected)
    expect({ name, saysWhere: status !== 422 || body.errors?.length > 0 }).toEqual({ name, saysWhere: true })
    expect({ name, stored: log.appends.length }).toEqual({ name, stored: 0 })
  }
  expect((await postJson(url, '/user', { id: 'u1', name: 'Ann' })).status).toBe(202)
})

const values = badRequests.flatMap(({ name, topic, body }) => (topic === undefined ? [] : [{ name, topic, body }]))

test.each(values)('written to the topic $topic by another program, $name is no event', ({ topic, body }) => {
  const type = events.find((event) => event.topic === topic)!
  const record = { topic, partition: 0, offset: 0, timestamp: 0, key: null, value: body, headers: {} }
  expect(parseRecord(type, record, 0)).toEqual(expect.any(String))
})

test('the table has enough of each kind, and a value for every topic', () => {
  expect(badRequests.length).toBeGreaterThan(100)
  expect(new Set(badRequests.map(({ name, path }) => name + path)).size).toBe(badRequests.length)
  expect(new Set(values.map(({ topic }) => topic))).toEqual(new Set(events.map(({ topic }) => topic)))
})
