import { expect, test } from 'vitest'
import { silentLogger } from './logging.ts'
import { parseKafkaUrl, toClientConfig } from './settings.ts'

test('a URL names brokers, with 9092 as the port unless given', () => {
  const { brokers } = parseKafkaUrl('kafka://one:9093,two.example.org,[::1]:9094')
  expect(brokers).toEqual(['one:9093', 'two.example.org:9092', '[::1]:9094'])
})

test('what the query leaves out has a default', () => {
  expect(parseKafkaUrl('kafka://one/?clientId=ingest&sessionTimeoutMs=6000')).toEqual({
    brokers: ['one:9092'],
    clientId: 'ingest',
    tls: false,
    sessionTimeoutMs: 6_000,
    appendTimeoutMs: 10_000,
  })
  expect(parseKafkaUrl('kafka://one?tls=true&appendTimeoutMs=500')).toMatchObject({ tls: true, appendTimeoutMs: 500 })
})

test.each([
  ['', /expected kafka:/],
  ['kafka://', /expected kafka:/],
  ['http://one:9092', /expected kafka:/],
  ['kafka://one:9092,', /"" is not host:port/],
  ['kafka://one:port', /"one:port" is not host:port/],
  ['kafka://one?sesionTimeoutMs=1', /"sesionTimeoutMs" is unknown/],
  ['kafka://one?constructor=1', /"constructor" is unknown/],
  ['kafka://one?sessionTimeoutMs=6s', /"6s" is not a time-out/],
  ['kafka://one?tls=yes', /"yes" is none of true, false/],
])('%j is refused with the reason', (url, reason) => {
  expect(() => parseKafkaUrl(url)).toThrow(reason)
  expect(() => parseKafkaUrl(url)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
})

test.each([
  ['the URL', parseKafkaUrl('kafka://one?tls=true')],
  ['the settings', { ...parseKafkaUrl('kafka://one'), security: { tls: { ca: 'one' } } }],
])('certificates are verified whatever the environment says, with TLS by %s', (_by, settings) => {
  expect(toClientConfig(settings, silentLogger).ssl).toMatchObject({ rejectUnauthorized: true })
})

test('without TLS there is none', () => {
  expect(toClientConfig(parseKafkaUrl('kafka://one'), silentLogger).ssl).toBe(false)
})
