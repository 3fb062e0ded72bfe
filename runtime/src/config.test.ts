import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTwofoldError } from '@twofold/core/errors.ts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from './config.ts'
import type { Environment } from './environment.ts'
import { httpFields, logFields, rowFields } from './settings.ts'

const schema = z.object({
  ...httpFields,
  ...logFields,
  API_KEY: z.string().min(8, 'expected at least 8 characters').meta({ description: 'A key.', secret: true }),
})

const key = { API_KEY: 'long enough' }

function faultsOf(env: Environment): string {
  try {
    readConfig(schema, env)
  } catch (error) {
    if (isTwofoldError(error, 'INVALID_CONFIG')) return error.message
    throw error
  }
  return ''
}

function secretFile(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'twofold-config-')), 'secret')
  writeFileSync(path, content)
  return path
}

test('unset and empty variables take their defaults, others are parsed', () => {
  const env = { ...key, PORT: ':9000', HOST: '', PARTITIONS: '', DATA_DIR: '/var/twofold', OTHER: 'x' }
  expect(readConfig(schema, env)).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 9000,
    DATA_DIR: '/var/twofold',
    EVENT_LOG_URL: 'sqlite:/var/twofold/log.db',
    PARTITIONS: 4,
    LOG_RETENTION_MS: 604_800_000,
    API_KEY: 'long enough',
  })
})

test('every fault is reported at once, with the variable, the rule and what was given', () => {
  const text = faultsOf({ PORT: '70000', PARTITIONS: '0x4', EVENT_LOG_URL: 'nowhere' })
  expect(text.split('\n')).toEqual([
    'the configuration has faults:',
    '  PORT: expected a whole number from 0 to 65535, got "70000"',
    '  EVENT_LOG_URL: expected a URL such as kafka://localhost:9092 or sqlite:./data/log.db',
    '  PARTITIONS: expected a whole number from 1 to 4096, got "0x4"',
    '  API_KEY: is required',
  ])
})

test('the value of a secret is never in a fault', () => {
  expect(faultsOf({ API_KEY: 'hush' })).toContain('API_KEY: expected at least 8 characters')
  expect(faultsOf({ API_KEY: 'hush' })).not.toContain('hush')
  expect(faultsOf({ API_KEY_FILE: secretFile('hush') })).not.toContain('hush')
  expect(faultsOf({ ...key, EVENT_LOG_URL: 'user:hush@nowhere' })).not.toContain('hush')
})

test('a secret may be the trimmed content of a file', () => {
  expect(readConfig(schema, { API_KEY_FILE: secretFile('from a file\n') }).API_KEY).toBe('from a file')
})

test('a secret file that is missing, or given beside the secret itself, is a fault', () => {
  expect(faultsOf({ API_KEY_FILE: '/no/such/file' })).toContain("API_KEY_FILE: names a file that can't be read")
  expect(faultsOf({ ...key, API_KEY_FILE: secretFile('x') })).toContain('API_KEY: is set, and so is API_KEY_FILE')
})

test('an older name is read, and a fault names both', () => {
  expect(readConfig(schema, { ...key, SERVER_PORT: ':8072' }).PORT).toBe(8072)
  expect(readConfig(schema, { ...key, KAFKA_SERVICE: 'k:9092' }).EVENT_LOG_URL).toBe('kafka://k:9092')
  expect(faultsOf({ ...key, SERVER_PORT: 'http' })).toContain('PORT (from SERVER_PORT): expected a whole number')
})

test('a fault in an alias of a setting that this service has not is no fault', () => {
  const env = { ...key, DB_SOURCE: 'nonsense:hush@' }
  expect(faultsOf(env)).toBe('')
  expect(() => readConfig(z.object(rowFields), env)).toThrow(/DB_SOURCE: expected user:password/)
})
