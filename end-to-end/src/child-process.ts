import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly script: string
  /** What it printed so far, for when a test fails. */
  output(): string
  signal(signal: NodeJS.Signals): void
  /** Sends a signal and resolves with the exit code (null when the signal ended it). */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** Resolves with the exit code once it ended by itself. */
  ended(): Promise<number | null>
}

/** Starts `node <script>` in the project's folder. */
export function startProcess(script: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): ServiceProcess {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, env: { PATH: process.env['PATH'], ...env } })
  const printed: string[] = []
  const keep = (chunk: Buffer): void => {
    printed.push(chunk.toString())
    if (printed.length > 2000) printed.splice(0, 1000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return {
    script,
    output: () => printed.join(''),
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      if (isRunning(child)) child.kill(signal)
      return exitCode(child)
    },
    ended: () => exitCode(child),
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (isRunning(child)) await once(child, 'exit')
  return child.exitCode
}
