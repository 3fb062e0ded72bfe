import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from './config.ts'
import { counterFields, logFields, rowFields } from './settings.ts'
import { checkStoreSecurity } from './store-settings.ts'

const schema = z.object({ ...logFields, ...counterFields, ...rowFields }).check(checkStoreSecurity)

test('each store has its own', () => {
  const env = {
    EVENT_LOG_TLS: 'true', EVENT_LOG_CA_FILE: '/ca.pem', EVENT_LOG_SASL: 'scram-sha-512', EVENT_LOG_USERNAME: 'u', EVENT_LOG_PASSWORD: 'p',
    COUNTER_STORE_TLS: 'true', COUNTER_STORE_CERT_FILE: '/c.pem', COUNTER_STORE_KEY_FILE: '/k.pem',
    ROW_STORE_USERNAME: 'r',
  }
  expect(readConfig(schema, env)).toMatchObject({ ...env, EVENT_LOG_TLS: true, COUNTER_STORE_TLS: true, ROW_STORE_TLS: false })
})

test.each([
  [{ ROW_STORE_CA_FILE: '/ca.pem' }, /ROW_STORE_TLS: is required with ROW_STORE_CA_FILE/],
  [{ COUNTER_STORE_TLS: 'true', COUNTER_STORE_CERT_FILE: '/c.pem' }, /COUNTER_STORE_KEY_FILE: is required with COUNTER_STORE_CERT_FILE/],
  [{ ROW_STORE_TLS: 'true', ROW_STORE_KEY_FILE: '/k.pem' }, /ROW_STORE_CERT_FILE: is required with ROW_STORE_KEY_FILE/],
  [{ ROW_STORE_PASSWORD: 'hush' }, /ROW_STORE_USERNAME: is required with ROW_STORE_PASSWORD/],
  [{ EVENT_LOG_USERNAME: 'u', EVENT_LOG_PASSWORD: 'hush' }, /EVENT_LOG_SASL: is required with EVENT_LOG_USERNAME/],
  [{ EVENT_LOG_SASL: 'scram-sha-256', EVENT_LOG_USERNAME: 'u' }, /EVENT_LOG_PASSWORD: is required with EVENT_LOG_SASL/],
  [{ EVENT_LOG_SASL: 'plain', EVENT_LOG_USERNAME: 'u', EVENT_LOG_PASSWORD: 'hush' }, /EVENT_LOG_TLS: plain sends the password as it is/],
  [{ EVENT_LOG_SASL: 'gssapi' }, /EVENT_LOG_SASL: /],
])('%j is refused', (env, reason) => {
  expect(() => readConfig(schema, env)).toThrow(reason)
  expect(() => readConfig(schema, env)).not.toThrow(/hush/)
})
