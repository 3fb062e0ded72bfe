import { reportOn, rowOf, serveReports } from '@twofold/analytics-service/push/socket-reports.test-kit.ts'
import { allowOrigin } from '@twofold/runtime/allow-origin.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Minutes, observedVideos, openSystem004Client, type System004Options } from './system-004-client.ts'

const lengths = [1, 5, 10] as const satisfies Minutes[]
const [first, second] = observedVideos

async function start(options: System004Options, origins: readonly string[] = []) {
  const server = await serveReports({ isAllowedOrigin: allowOrigin(origins) })
  onTestFinished(server.close)
  const client = openSystem004Client(server.url, options)
  onTestFinished(client.close)
  return { server, client }
}

test.each([
  ['its page', { transports: ['websocket'] }],
  ['its test client', { transports: ['polling', 'websocket'] }],
  ['a client behind a proxy without websockets', { transports: ['polling'] }],
] as [string, System004Options][])('%s hears of its videos as it did there', async (_title, options) => {
  const { server, client } = await start(options)
  for (const minutes of lengths) server.feed.publish(minutes, rowOf(first, minutes, { minutes }), rowOf('another', 1, { minutes }))
  await vi.waitFor(() => lengths.forEach((minutes) => expect(client.reports(minutes)).toEqual([reportOn(first, minutes, { minutes })])))
  server.feed.publish(5, rowOf(second, 7, { minutes: 5, final: true }), rowOf('another', 2, { minutes: 5 }))
  await vi.waitFor(() => expect(client.reports(5).at(-1)).toEqual(reportOn(second, 7, { minutes: 5, final: true })))
  expect(lengths.map((minutes) => client.reports(minutes).length)).toEqual([1, 2, 1])
  expect(client.complaints).toEqual([])
})

test.each([['websocket'], ['polling']] as const)('its page, which another origin serves, hears over %s once CORS_ORIGINS names that, and nothing before', async (transport) => {
  const page = 'http://localhost:3000'
  const options: System004Options = { transports: [transport], extraHeaders: { origin: page } }
  const [named, unnamed] = [await start(options, [page]), await start(options)]
  for (const { server } of [named, unnamed]) server.feed.publish(1, rowOf(first, 1))
  await vi.waitFor(() => expect(named.client.reports(1)).toEqual([reportOn(first, 1)]))
  await vi.waitFor(() => expect(unnamed.client.refusals).toBeGreaterThan(0))
  expect([unnamed.client.connects, unnamed.client.reports(1)]).toEqual([0, []])
  expect(await unnamed.server.metric('socket_refused_total', 'reason="origin"')).toBeGreaterThan(0)
})

test('a page that shows no videos yet registers none, and is not refused', async () => {
  const { client, server } = await start({ videos: [] })
  await vi.waitFor(() => expect(client.connects).toBe(1))
  server.feed.publish(1, rowOf(first, 1))
  expect(client.complaints).toEqual([])
})

test('a client whose process stops connects again, and hears what is current', async () => {
  const { server, client } = await start({ reconnectionDelay: 10 })
  server.feed.publish(1, rowOf(first, 1))
  await vi.waitFor(() => expect(client.reports(1)).toHaveLength(1))
  await server.close()
  const next = await serveReports({ port: server.port })
  onTestFinished(next.close)
  next.feed.publish(1, rowOf(first, 2))
  await vi.waitFor(() => expect(client.reports(1).at(-1)?.count).toBe(2), 10_000)
  expect(client.connects).toBe(2)
})
