import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openEventLog } from '@twofold/adapters/open.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { expect, onTestFinished, test } from 'vitest'
import { postJson } from './ingest.test-kit.ts'

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ingest-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function start(env: Record<string, string>): ChildProcess {
  const main = new URL('./main.ts', import.meta.url).pathname
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  const child = spawn(process.execPath, [main], { env: { ...process.env, PORT: '0', ...env }, stdio: [...stdio] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function urlOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const { msg, url } = JSON.parse(line) as { msg: string; url: string }
    if (msg === 'listening') return url
  }
  throw new Error('it never listened')
}

async function countStored(folder: string, topic: string): Promise<number> {
  const log = await openEventLog(`sqlite:${folder}/log.db`, { now: () => 0, logger: silentLogger })
  const bounds = await log.readBounds(topic)
  await log.close()
  return bounds.reduce((sum, { begin, end }) => sum + end - begin, 0)
}

test('what was acknowledged is in the log after kill -9', async () => {
  const DATA_DIR = await makeFolder()
  const child = start({ DATA_DIR })
  const url = await urlOf(child)
  const sent = Array.from({ length: 20 }, (_, index) => postJson(url, '/user', { id: `u${index}`, name: 'Ann' }))
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(sent.map(() => 202))
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await countStored(DATA_DIR, 'user')).toBe(20)
})

test('the process is ready, describes itself, and stops when it is told', async () => {
  const child = start({ DATA_DIR: await makeFolder() })
  const url = await urlOf(child)
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, checks: { process: 'ok', 'event log': 'ok', 'event log writes': 'ok' } })
  expect(await (await fetch(`${url}/openapi.json`)).json()).toMatchObject({ paths: { '/reaction': {} } })
  expect((await fetch(`${url}/docs`)).status).toBe(200)
  expect((await postJson(url, '/user', { id: 'u', name: 'Ann' })).status).toBe(202)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('a configuration that keeps records too briefly is refused', async () => {
  const child = start({ DATA_DIR: await makeFolder(), LOG_RETENTION_MS: '1000' })
  expect(await once(child, 'exit')).toEqual([2, null])
})
