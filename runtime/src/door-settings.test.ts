import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from './config.ts'
import { checkDoor } from './door-settings.ts'
import { httpFields } from './settings.ts'

const schema = z.object(httpFields).check(checkDoor)
const key = `web:read:${hash('sha256', 'a secret')}`

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('on %s nobody needs a key', (HOST) => {
  expect(readConfig(schema, { HOST })).toMatchObject({ HOST, API_KEYS: [], ALLOW_ANONYMOUS: false })
})

test.each(['0.0.0.0', '::', '10.0.0.1', 'example.org', 'localhost.example.org', '127.0.0.1.example.org'])('%s without keys is refused', (HOST) => {
  expect(() => readConfig(schema, { HOST })).toThrow(/HOST: others than this machine could come in/)
  expect(() => readConfig(schema, { HOST, ALLOW_ANONYMOUS: 'false' })).toThrow(/HOST/)
  expect(readConfig(schema, { HOST, ALLOW_ANONYMOUS: 'true' }).API_KEYS).toEqual([])
  expect(readConfig(schema, { HOST, API_KEYS: key }).API_KEYS).toHaveLength(1)
})

test.each(['127.0.0.1:8080', 'localhost:8080', '[::1]:8080', '127.0.0.1:'])('in a container that is reached at %s nobody needs a key', (PUBLISHED_AT) => {
  expect(readConfig(schema, { HOST: '0.0.0.0', PUBLISHED_AT }).API_KEYS).toEqual([])
})

test.each(['8080', '0.0.0.0:8080', ':8080', '[::]:8080', '::1', '10.0.0.1:8080', 'example.org:127.0.0.1', '127.0.0.1'])(
  'in a container that is reached at %s everybody does',
  (PUBLISHED_AT) => {
    expect(() => readConfig(schema, { HOST: '127.0.0.1', PUBLISHED_AT })).toThrow(/PUBLISHED_AT: others than this machine could come in/)
    expect(readConfig(schema, { HOST: '127.0.0.1', PUBLISHED_AT, API_KEYS: key }).API_KEYS).toHaveLength(1)
    expect(readConfig(schema, { PUBLISHED_AT, ALLOW_ANONYMOUS: 'true' }).API_KEYS).toEqual([])
  },
)

test('half a certificate is refused, together with every other fault', () => {
  const faulty = { HOST: '::', PORT: 'x', TLS_CERT_FILE: 'cert.pem', ALLOW_ANONYMOUS: 'yes' }
  expect(() => readConfig(schema, faulty)).toThrow(/PORT: [^]*HOST: [^]*TLS_KEY_FILE: is required with TLS_CERT_FILE/)
  expect(() => readConfig(schema, faulty)).toThrow(/ALLOW_ANONYMOUS: expected true or false/)
  expect(() => readConfig(schema, { TLS_KEY_FILE: 'key.pem' })).toThrow(/TLS_CERT_FILE: is required/)
})
