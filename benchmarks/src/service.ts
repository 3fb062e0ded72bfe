import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ProcessState } from './report-state.ts'
import { profiling } from './side.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const preload = new URL('./report-state.ts', import.meta.url).href

/** A service as it ships, in a process of its own that can be asked what it uses. */
export interface RunningService {
  readonly url: string
  readonly pid: number
  /** Its CPU time since its start, and its memory after a full collection. */
  state(): Promise<ProcessState>
  stop(): Promise<void>
}

/** Starts `node <script>` with a free port and waits until it is ready. */
export async function startService(script: string, env: Readonly<Record<string, string>>): Promise<RunningService> {
  const path = process.env['PATH'] ?? ''
  const child = spawn(process.execPath, [...profiling(script), '--expose-gc', '--import', preload, script], {
    cwd: root,
    env: { PATH: path, LOG_LEVEL: 'info', ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const url = await findUrl(child, script)
  await awaitReady(url)
  return {
    url,
    pid: child.pid!,
    async state() {
      child.send('state')
      const [state] = (await once(child, 'message')) as [ProcessState]
      return state
    },
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** Every service logs where it listens. */
async function findUrl(child: ChildProcess, script: string): Promise<string> {
  let printed = ''
  const found = Promise.withResolvers<string>()
  child.stdout!.on('data', (chunk: Buffer) => {
    if (printed.length < 100_000) printed += chunk.toString()
    const url = /"url":"([^"]+)"/.exec(printed)?.[1]
    if (url !== undefined) found.resolve(url)
  })
  child.on('exit', (code) => found.reject(new Error(`${script} ended with ${code}:\n${printed}`)))
  return found.promise
}

async function awaitReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const response = await fetch(`${url}/healthz`).catch(() => null)
    if (response?.ok) return
    await sleep(100)
  }
  throw new Error(`${url} does not answer`)
}
