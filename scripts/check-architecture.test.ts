import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { checkArchitecture } from './architecture-rules.ts'
import { parseModule } from './read-modules.ts'

const messages = (files: Record<string, string>) =>
  checkArchitecture(Object.entries(files).map(([path, text]) => parseModule(path, text)))
    .map(({ path, line, message }) => `${path}:${line} ${message}`)

describe('a violation is reported with its place', () => {
  test.each([
    ['core/src/a.ts', `import pino from 'pino'`, 'core must not import the package pino'],
    ['core/src/a.ts', `import { readFileSync } from 'node:fs'`, 'core must not import the package node:fs'],
    ['core/src/a.ts', `import { test } from 'vitest'`, 'core must not import the package vitest'],
    ['core/src/a.test.ts', `import { open } from '@twofold/adapters/open.ts'`, 'core must not import adapters'],
    ['core/src/a.ts', `import { view } from '../../runtime/src/config.ts'`, 'core must not import runtime'],
    ['dataflow/src/a.ts', `import { open } from '@twofold/adapters/open.ts'`, 'dataflow must not import adapters'],
    ['dataflow/src/a.ts', `import { z } from 'zod'`, 'dataflow must not import the package zod'],
    ['adapters/src/open.ts', `import type { X } from '@twofold/runtime/x.ts'`, 'adapters must not import runtime'],
    ['adapters/src/open.ts', `import { Kafka } from 'kafkajs'`,
      'imports the driver kafkajs outside adapters/src/kafka/'],
    ['adapters/src/mysql/a.ts', `import { z } from 'zod'`, 'adapters must not import the package zod'],
    ['runtime/src/a.ts', `export * from '@twofold/dataflow/a.ts'`, 'runtime must not import dataflow'],
    ['ingest/src/a.ts', `import mysql from 'mysql2/promise'`, 'imports the driver mysql2 outside adapters/src/mysql/'],
    ['ingest/src/a.ts', `import { DatabaseSync } from 'node:sqlite'`,
      'imports the driver node:sqlite outside adapters/src/sqlite/'],
    ['ingest/src/a.ts', `import { b } from '@twofold/batch-processor/b.ts'`,
      'a service (ingest) must not import batch-processor'],
    ['ingest/src/a.test.ts', `import { b } from '@twofold/batch-processor/b.ts'`,
      'ingest must not import batch-processor'],
    ['ingest/src/a.ts', `const a = await import('@twofold/adapters/open.ts')`,
      'a service (ingest) must not import adapters'],
    ['ingest/src/a.ts', `export { a } from '@twofold/adapters/open.ts'`, 'a service (ingest) must not import adapters'],
    ['ingest/src/a.ts', `type A = import('@twofold/adapters/open.ts').A`,
      'a service (ingest) must not import adapters'],
    ['ingest/src/a.ts', `const a = await import(name)`, 'imports something only known when it runs'],
    ['ingest/src/a.ts', `import { a } from './a.test.ts'`, 'imports the test ingest/src/a.test.ts'],
    ['ingest/src/main.ts', `import { start } from '../../scripts/start.ts'`,
      'a service (ingest) must not import scripts'],
    ['verification/src/a.ts', `import { a } from '@twofold/end-to-end/a.ts'`,
      'verification must not import end-to-end'],
    ['ingest/src/a.ts', `const now = Date.now()`, 'Date.now: time and chance come in as arguments'],
    ['ingest/src/a.ts', `const now = new Date()`, 'new Date(): time and chance come in as arguments'],
    ['adapters/src/a.ts', `const pick = Math.random`, 'Math.random: time and chance come in as arguments'],
  ])('%s: %s', (path, text, message) => {
    expect(messages({ [path]: `\n${text}\n` })).toEqual([`${path}:2 ${message}`])
  })

  test('a long main.ts of a service', () => {
    const long = 'export {}\n'.repeat(41)
    expect(messages({ 'ingest/src/main.ts': long, 'benchmarks/src/main.ts': long }))
      .toEqual(["ingest/src/main.ts:41 41 lines: a service's main.ts is wiring, 40 lines or less"])
  })

  test('a cycle, also one of types across folders', () => {
    const files = {
      'core/src/a.ts': `import type { b } from './views/b.ts'`,
      'core/src/views/b.ts': `export * from '@twofold/core/a.ts'`,
    }
    expect(messages(files)).toEqual(['core/src/a.ts:1 cycle: core/src/a.ts -> core/src/views/b.ts -> core/src/a.ts'])
  })
})

test('what the house allows is not reported', () => {
  expect(messages({
    'core/src/a.ts': `import { z } from 'zod'\nconst at = new Date(0)`,
    'core/src/ports/log.contract.ts': `import { test } from 'vitest'\nimport fc from 'fast-check'\nDate.now()`,
    'dataflow/src/run.ts': `import { a } from '@twofold/core/a.ts'`,
    'adapters/src/open.ts': `import { b } from './kafka/event-log.ts'\nimport { join } from 'node:path'`,
    'adapters/src/kafka/event-log.ts': `import { Kafka } from 'kafkajs'`,
    'adapters/src/kafka/event-log.int.test.ts': `import { sharedServer } from '@twofold/end-to-end/containers.ts'`,
    'runtime/src/clock.ts': `export const clock = { now: Date.now }`,
    'ingest/src/main.ts': `import { open } from '@twofold/adapters/open.ts'\nimport { b } from './app.ts'`,
    'ingest/src/app.test.ts': `import { open } from '@twofold/adapters/open.ts'`,
    'ingest/src/app.ts': `import express from 'express'\nimport { c } from '@twofold/dataflow/run.ts'`,
    'benchmarks/src/bare.ts': `import { Kafka } from 'kafkajs'\nconst a = await import(name)`,
    'scripts/start.ts': `import { main } from '@twofold/ingest/app.ts'`,
  })).toEqual([])
})

describe('the command', () => {
  let root = ''
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const run = (files: Record<string, string>) => {
    root = mkdtempSync(join(tmpdir(), 'architecture-'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const command = join(import.meta.dirname, 'check-architecture.ts')
    return spawnSync(process.execPath, [command, root], { encoding: 'utf8' })
  }

  test('passes on a house in order and says how much it read', () => {
    const { status, stderr } = run({ 'core/src/a.ts': `import { z } from 'zod'` })
    expect([status, stderr]).toEqual([0, 'architecture: 1 modules, 1 imports, 0 violations\n'])
  })

  test('fails on a violation', () => {
    const text = `import 'express'`
    const { status, stderr } = run({ 'core/src/a.ts': text, 'core/node_modules/x/a.ts': text })
    expect([status, stderr.split('\n')[0]]).toEqual([1, 'core/src/a.ts:1 core must not import the package express'])
  })

  test('fails when it read nothing', () => {
    const { status, stderr } = run({ 'README.md': '' })
    expect([status, stderr.split('\n')[0]]).toEqual([1, 'no modules were read'])
  })

  test('fails on a file that it cannot read', () => {
    const { status, stderr } = run({ 'core/src/a.ts': 'import {' })
    expect(status).toBe(1)
    expect(stderr).toContain('core/src/a.ts')
  })
})
