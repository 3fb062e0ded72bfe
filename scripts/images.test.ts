import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { images } from './services.ts'

const run = (args: readonly string[], PATH = process.env['PATH']) => {
  const env = { ...process.env, PATH }
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'images.ts'), ...args], { encoding: 'utf8', env })
  return { status, stderr }
}

test('the help names every image', () => {
  const { status, stderr } = run(['--help'])
  expect(status).toBe(0)
  for (const { name } of images) expect(stderr).toContain(name)
})

test.each([
  [['ingest', 'ingress'], 'no such image: ingress; see --help\n'],
  [['--push', 'ingest'], '--push needs --registry\n'],
  [['--registy=example.org'], /^Unknown option '--registy'.*; see --help\n$/],
])('%s is refused before anything is built', (args, message) => {
  const { status, stderr } = run(args)
  expect(status).toBe(2)
  expect(stderr).toMatch(message)
})

/** A folder with a `docker` that does nothing, and whose images have a size. */
function dockerThatAgrees(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twofold-images-'))
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho 1000\n', { mode: 0o755 })
  return folder
}

test('a build is lent the .npmrc as a secret and told the platform, and what it makes is pushed', () => {
  const args = ['--npmrc', '/etc/npmrc', '--platform', 'linux/arm64', '--registry', 'example.org', '--tag', '2', '--push', 'ingest']
  const { status, stderr } = run(args, [dockerThatAgrees(), process.env['PATH']].join(delimiter))
  expect(status).toBe(0)
  expect(stderr.split('\n').filter((line) => line.startsWith('docker'))).toEqual([
    'docker build --build-arg NODE_IMAGE=node:24-slim --build-arg SERVICE=ingest --secret id=npmrc,src=/etc/npmrc --platform linux/arm64 --tag example.org/twofold/ingest:2 .',
    'docker push example.org/twofold/ingest:2',
  ])
})
