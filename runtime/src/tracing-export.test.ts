import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openTracing } from './tracing-export.ts'

const sampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('a collector that is down is told, in no trace, and keeps no process from ending well', async () => {
  const warned: [string, unknown][] = []
  const warn = (message: string, fields: unknown): void => void warned.push([message, fields])
  // Nothing listens on the port of the discard protocol.
  const tracing = await openTracing('ingest', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, { warn })
  tracing.follow(sampled, { name: 'POST', kind: 'server' })!.end()
  await tracing.close()
  expect(warned).toEqual(warned.map(() => ['traces are not sent', { reason: expect.stringContaining('ECONNREFUSED') }]))
})

test('a collector that never answers does not hold up the end', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const tracing = await openTracing('ingest', { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }, { warn: () => {} })
  tracing.follow(sampled, { name: 'POST', kind: 'server' })!.end()
  const taken = once(server, 'request')
  await tracing.close()
  const [request] = (await taken) as [IncomingMessage]
  expect(request.url).toBe('/v1/traces')
  server.closeAllConnections()
})

test('without a collector nothing is sent, and ids flow', async () => {
  const tracing = await openTracing('ingest', {}, { warn: () => expect.unreachable() })
  expect(tracing.follow(sampled, { name: 'POST', kind: 'server' })?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
  expect(tracing.request(undefined, true, { name: 'POST', kind: 'server' })).toBeUndefined()
  await tracing.close()
})
