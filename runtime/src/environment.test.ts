import { expect, test } from 'vitest'
import { readValues } from './environment.ts'

test('only the names asked for are read, and empty ones are unset', () => {
  const env = { PORT: '1', HOST: '', PATH: '/bin' }
  expect(readValues(env, ['PORT', 'HOST', 'DATA_DIR'], new Set())).toEqual({ values: { PORT: '1' }, faults: [] })
})

test('a file stands in for secrets only', () => {
  const env = { PORT_FILE: '/no/such/file', KEY_FILE: '/no/such/file' }
  const { values, faults } = readValues(env, ['PORT', 'KEY'], new Set(['KEY']))
  expect(values).toEqual({})
  expect(faults).toEqual([{ name: 'KEY_FILE', problem: "names a file that can't be read" }])
})
