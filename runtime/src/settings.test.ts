import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from './config.ts'
import * as settings from './settings.ts'

const { httpFields, sliceFields, logFields, counterFields, liveFields, rowFields, boundaryFields, levelFields } = settings

const all = z.object({
  ...httpFields,
  ...sliceFields,
  ...logFields,
  ...counterFields,
  ...liveFields,
  ...rowFields,
  ...boundaryFields,
  ...levelFields,
})

test('without any variable the whole system runs embedded below one folder', () => {
  expect(readConfig(all, {})).toEqual({
    HOST: '127.0.0.1',
    PORT: 8080,
    API_KEYS: [],
    ALLOW_ANONYMOUS: false,
    RATE_LIMIT: 0,
    MAX_CONNECTIONS: 100_000,
    REQUEST_TIMEOUT_MS: 30_000,
    EVENT_LOG_TLS: false,
    COUNTER_STORE_TLS: false,
    ROW_STORE_TLS: false,
    SLICE_MS: 60_000,
    DEDUP_HORIZON_MS: 600_000,
    DATA_DIR: './data',
    EVENT_LOG_URL: 'sqlite:./data/log.db',
    PARTITIONS: 4,
    LOG_RETENTION_MS: 604_800_000,
    COUNTER_STORE_URL: 'sqlite:./data/counters.db',
    CELL_TTL_MS: 86_400_000,
    LIVE_RETENTION_MS: 3_600_000,
    ROW_STORE_URL: 'sqlite:./data/rows.db',
    BOUNDARY_MAX_AGE_MS: 21_600_000,
    LOG_LEVEL: 'info',
    TRACE_RATIO: 0.01,
  })
})

test('every field says what it is for, and those that may hold a password are marked', () => {
  const fields = Object.entries(all.shape)
  expect(fields.filter(([, field]) => !field.description)).toEqual([])
  const secrets = fields.filter(([, field]) => field.meta()?.['secret']).map(([name]) => name)
  expect(secrets).toEqual([
    'API_KEYS',
    'EVENT_LOG_URL', 'EVENT_LOG_PASSWORD',
    'COUNTER_STORE_URL', 'COUNTER_STORE_PASSWORD',
    'ROW_STORE_URL', 'ROW_STORE_PASSWORD',
  ])
})

test.each(['-1', '1.5', '1e3', 'x', '99999999999999999999'])('the port %j is refused', (PORT) => {
  expect(() => readConfig(z.object(httpFields), { PORT })).toThrow(/PORT: expected a whole number from 0 to 65535/)
})

test('a log level is read in any case; before the configuration is read, a wrong one means info', () => {
  expect(readConfig(z.object(levelFields), { LOG_LEVEL: 'DEBUG' }).LOG_LEVEL).toBe('debug')
  expect(() => readConfig(z.object(levelFields), { LOG_LEVEL: 'loud' })).toThrow(/LOG_LEVEL: .*"loud"/)
  expect(settings.logLevelOf({ LOG_LEVEL: 'WARN' })).toBe('warn')
  expect(settings.logLevelOf({ LOG_LEVEL: 'loud' })).toBe('info')
  expect(settings.logLevelOf({})).toBe('info')
})
