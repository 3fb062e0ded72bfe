import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { TwofoldError } from '@twofold/core/errors.ts'
import { expect, test } from 'vitest'
import { runProcess, type OnStop, type RunProcessOptions } from './run-process.ts'

/** A process that only notes what is done to it; `exited` resolves with the first exit code. */
function createStage() {
  const story: string[] = []
  const host = new EventEmitter()
  let exit: (code: number) => void = () => {}
  const exited = new Promise<number>((resolve) => (exit = resolve))
  const process = Object.assign(host, { exit, stderr: { write: (words: string) => story.push(`stderr ${words}`) } })
  const log = (message: string) => void story.push(`log ${message}`)
  const logger = { debug: log, info: log, warn: log, error: log }
  const run = (options: Partial<RunProcessOptions> & Pick<RunProcessOptions, 'start'>) =>
    runProcess({ logger, process, stopTimeoutMs: 1000, drain: () => void story.push('drain'), ...options })
  return { story, host, exited, run }
}

const startTwo = (story: string[]) => async (onStop: OnStop) => {
  onStop('store', async () => void story.push('store closed'))
  onStop('server', async () => void story.push('server closed'))
}

test.each(['SIGTERM', 'SIGINT'])('%s drains, stops in reverse order and exits 0', async (signal) => {
  const { story, host, exited, run } = createStage()
  await run({ start: startTwo(story) })
  host.emit(signal)
  expect(await exited).toBe(0)
  expect(story).toEqual(['log stopping', 'drain', 'server closed', 'store closed'])
})

test('a part that can not stop is logged, the others stop, and the exit code says so', async () => {
  const { story, host, exited, run } = createStage()
  await run({
    start: async (onStop) => {
      onStop('store', () => void story.push('store closed'))
      onStop('flush', () => Promise.reject(new Error('store is away')))
    },
  })
  host.emit('SIGTERM')
  expect(await exited).toBe(1)
  expect(story.slice(-2)).toEqual(['log could not stop', 'store closed'])
})

test('a stop that takes too long ends with exit code 1', async () => {
  const { story, host, exited, run } = createStage()
  await run({ stopTimeoutMs: 20, start: async (onStop) => onStop('stuck', () => new Promise(() => {})) })
  host.emit('SIGTERM')
  expect(await exited).toBe(1)
  expect(story.at(-1)).toBe('log did not stop in time')
})

test('a second signal exits at once', async () => {
  const { host, exited, run } = createStage()
  await run({ stopTimeoutMs: 60_000, start: async (onStop) => onStop('slow', () => wait(200)) })
  host.emit('SIGTERM')
  host.emit('SIGINT')
  expect(await exited).toBe(1)
})

test('a start that fails is undone and exits 1', async () => {
  const { story, exited, run } = createStage()
  const start = async (onStop: OnStop) => {
    await startTwo(story)(onStop)
    throw new Error('port in use')
  }
  await run({ start })
  expect(await exited).toBe(1)
  expect(story).toEqual(['log could not start', 'server closed', 'store closed'])
})

test('a refused configuration is told on stderr and exits 2', async () => {
  const { story, exited, run } = createStage()
  const start = () => Promise.reject(new TwofoldError('INVALID_CONFIG', 'PORT: is required'))
  await run({ start })
  expect(await exited).toBe(2)
  expect(story).toEqual(['stderr PORT: is required\n'])
})

test('a signal during the start aborts it and undoes what was started', async () => {
  const { story, host, exited, run } = createStage()
  const running = run({
    start: async (onStop, signal) => {
      onStop('store', () => void story.push('store closed'))
      await wait(60_000, undefined, { signal })
    },
  })
  setTimeout(() => host.emit('SIGTERM'), 10)
  await running
  expect(await exited).toBe(0)
  expect(story).toEqual(['log stopping', 'drain', 'store closed'])
})

test.each(['uncaughtException', 'unhandledRejection'])('%s is logged and exits 1', async (event) => {
  const { story, host, exited, run } = createStage()
  await run({ start: async () => {} })
  host.emit(event, new Error('a bug'))
  expect(await exited).toBe(1)
  expect(story).toEqual(['log nobody caught this'])
})

/** A real process that runs this start; its stdout tells when it has started. */
async function spawnProcess(start: string, signal?: NodeJS.Signals) {
  const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const script = `
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))}
    import { readConfig } from ${at('./config.ts')}
    import { createLogger } from ${at('./logger.ts')}
    import { runProcess } from ${at('./run-process.ts')}
    const logger = createLogger({ service: 'test', level: 'info' })
    await runProcess({ logger, start: async (onStop) => { ${start} } })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  if (signal) child.stdout.once('data', () => child.kill(signal))
  const [out, faults, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, faults, code }
}

test('a real process that is told to stop writes its last lines and exits 0', async () => {
  const start = `
    const timer = setInterval(() => {}, 1000)
    onStop('timer', () => { clearInterval(timer); console.log('undone') })
    console.log('started')`
  const { out, code } = await spawnProcess(start, 'SIGTERM')
  expect(out).toMatch(/^started\n\{.*"msg":"stopping","signal":"SIGTERM"\}\nundone\n$/)
  expect(code).toBe(0)
})

test('a real process with a wrong configuration says what is wrong and exits 2', async () => {
  const { out, faults, code } = await spawnProcess('readConfig(z.object({ API_KEY: z.string() }), {})')
  expect([out, code]).toEqual(['', 2])
  expect(faults).toBe('the configuration has faults:\n  API_KEY: is required\n')
})
