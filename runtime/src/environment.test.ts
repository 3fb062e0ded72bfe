import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
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

test('a file that is named and holds nothing is a fault: it would be as if there were no keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twofold-environment-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'key')
  writeFileSync(path, ' \n')
  const { values, faults } = readValues({ KEY_FILE: path }, ['KEY'], new Set(['KEY']))
  expect(values).toEqual({})
  expect(faults).toEqual([{ name: 'KEY_FILE', problem: 'names a file that is empty' }])
})
