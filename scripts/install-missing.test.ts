import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'install-missing-'))
  for (const folder of ['scripts', 'node_modules', 'npm']) mkdirSync(join(root, folder))
  cpSync(join(import.meta.dirname, 'install-missing.mjs'), join(root, 'scripts/install-missing.mjs'))
  // An npm that notes how it was called and installs nothing.
  writeFileSync(join(root, 'npm/npm-cli.js'), `require('fs').appendFileSync('calls', process.argv[2] + '\\n')`)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const writeLock = (file: string, packages: Record<string, object>) =>
  writeFileSync(join(root, file), JSON.stringify({ packages }))

const wanted = { '': {}, 'node_modules/zod': { version: '4.6.7', integrity: 'x' } }

function run(...nodeOptions: string[]) {
  const script = join(root, 'scripts/install-missing.mjs')
  const env = { ...process.env, npm_execpath: join(root, 'npm/npm-cli.js'), npm_node_execpath: process.execPath }
  return spawnSync(process.execPath, [...nodeOptions, script], { cwd: root, env, encoding: 'utf8' })
}

function installs(): boolean {
  rmSync(join(root, 'calls'), { force: true })
  expect(run()).toMatchObject({ status: 0, stdout: '' })
  try {
    return readFileSync(join(root, 'calls'), 'utf8') === 'ci\n'
  } catch {
    return false
  }
}

test('what is installed as the lock file says is left alone, without the packages of other platforms', () => {
  writeLock('package-lock.json', { ...wanted, 'node_modules/other-platform': { version: '1.0.0', optional: true } })
  writeLock('node_modules/.package-lock.json', { 'node_modules/zod': { version: '4.6.7', integrity: 'x' } })
  expect(installs()).toBe(false)
})

test.each<[string, Record<string, object>]>([
  ['a missing package', {}],
  ['another version', { 'node_modules/zod': { version: '4.6.6', integrity: 'y' } }],
  ['a package too many', { 'node_modules/zod': wanted['node_modules/zod'], 'node_modules/old': { version: '1.0.0' } }],
])('%s is installed anew', (_, present) => {
  writeLock('package-lock.json', wanted)
  writeLock('node_modules/.package-lock.json', present)
  expect(installs()).toBe(true)
})

test('an interrupted installation is done again', () => {
  writeLock('package-lock.json', wanted)
  expect(installs()).toBe(true)
})

test('a Node that is too old, where npm brings none, is told so in one line', () => {
  writeLock('package-lock.json', {})
  writeLock('node_modules/.package-lock.json', {})
  const preload = join(root, 'old-node.cjs')
  writeFileSync(preload, `Object.defineProperty(process.versions, 'node', { value: '22.1.0' })`)
  const { status, stderr } = run('--require', preload)
  expect(status).toBe(1)
  expect(stderr).toMatch(/^Twofold needs Node\.js 24\.15 or newer, this is 22\.1\.0: .*\n$/)
  mkdirSync(join(root, 'node_modules/.bin'))
  writeFileSync(join(root, 'node_modules/.bin/node'), '')
  expect(run('--require', preload)).toMatchObject({ status: 0, stderr: '' })
})
