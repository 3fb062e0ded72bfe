import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tlsOptionsOf } from './cassandra/tls.ts'
import { explainTls } from './explain-tls.ts'
import { parseKafkaUrl, toClientConfig } from './kafka/settings.ts'
import { silentLogger } from './kafka/logging.ts'
import { readSecurity } from './store-security.ts'

const caFile = join(mkdtempSync(join(tmpdir(), 'twofold-security-')), 'ca.pem')
writeFileSync(caFile, 'PEM')

test('files are read, and what is not set is not there', () => {
  expect(readSecurity('ROW_STORE', { ROW_STORE_TLS: false })).toEqual({})
  expect(readSecurity('ROW_STORE', { ROW_STORE_TLS: true, ROW_STORE_CA_FILE: caFile })).toEqual({ tls: { ca: 'PEM' } })
  const login = { EVENT_LOG_USERNAME: 'u', EVENT_LOG_PASSWORD: 'p', EVENT_LOG_SASL: 'plain' } as const
  expect(readSecurity('EVENT_LOG', login)).toEqual({ credentials: { username: 'u', password: 'p' }, sasl: 'plain' })
})

test('a file that can not be read is named by its variable', () => {
  const config = { ROW_STORE_TLS: true, ROW_STORE_KEY_FILE: '/nowhere/key.pem' }
  expect(() => readSecurity('ROW_STORE', config)).toThrow("ROW_STORE_KEY_FILE names a file that can't be read")
})

test('Kafka is told all of it, and nothing switches verification off', () => {
  const security = { tls: { ca: 'CA', cert: 'C', key: 'K' }, credentials: { username: 'u', password: 'p' }, sasl: 'scram-sha-512' } as const
  const config = toClientConfig({ ...parseKafkaUrl('kafka://one'), security }, silentLogger)
  expect(config.ssl).toEqual({ ca: ['CA'], cert: 'C', key: 'K', rejectUnauthorized: true })
  expect(config.sasl).toEqual({ mechanism: 'scram-sha-512', username: 'u', password: 'p' })
  expect(toClientConfig(parseKafkaUrl('kafka://one?tls=true'), silentLogger)).toMatchObject({ ssl: { rejectUnauthorized: true } })
})

test('a certificate of Cassandra holds for the address of the node or a host of the URL, and for no other', () => {
  const { checkServerIdentity: check, rejectUnauthorized } = tlsOptionsOf({}, ['db.example:9042', '[::1]:9042'])
  expect(rejectUnauthorized).toBe(true)
  const fault = (subjectaltname: string) => check!('10.0.0.5', { subject: { CN: 'x' }, subjectaltname } as Parameters<NonNullable<typeof check>>[1])
  for (const name of ['DNS:db.example', 'IP Address:10.0.0.5', 'IP Address:0:0:0:0:0:0:0:1']) expect([name, fault(name)]).toEqual([name, undefined])
  for (const name of ['DNS:other.example', 'IP Address:10.0.0.6', 'DNS:localhost']) expect(fault(name)).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})

test.each([
  [Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }), /has expired/],
  [new Error('Connection error: certificate has expired'), /has expired/],
  [new Error('outer', { cause: new Error('self-signed certificate in certificate chain') }), /not of an authority/],
  [new Error('4007:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:'), /does not speak TLS/],
  [new Error('connect ECONNREFUSED'), undefined],
  ['text', undefined],
])('%s is explained in plain words, or not at all', (error, expected) => {
  if (expected) expect(explainTls(error)).toMatch(expected)
  else expect(explainTls(error)).toBeUndefined()
})
