import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const folder = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** The system of compose.yaml, under a name and a port of its own. */
export interface ComposeSystem {
  readonly url: string
  /** `docker compose <args>`; resolves with what it printed, rejects when it fails. */
  compose(...args: string[]): Promise<string>
  /** The exit code of a service's container that has ended. */
  exitCodeOf(service: string): Promise<number>
  /** Removes all of it, the data too. */
  close(): Promise<void>
}

/** Builds the images, and starts everything; resolves once every service is ready. */
export async function startCompose(): Promise<ComposeSystem> {
  const port = await freePort()
  const env = { ...process.env, COMPOSE_PROJECT_NAME: `twofold-test-${process.pid}`, LISTEN: `127.0.0.1:${port}` }
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('docker', args, { cwd: folder, env, maxBuffer: 2 ** 26 })
    return stdout
  }
  const compose = (...args: string[]): Promise<string> => docker('compose', '--progress', 'quiet', ...args)
  const close = async (): Promise<void> => void (await compose('--profile', '*', 'down', '--volumes', '--timeout', '5'))
  try {
    await compose('build', 'simulate')
    await compose('up', '--build', '--detach', '--wait')
  } catch (error) {
    const logs = await compose('logs', '--tail', '20')
    await close()
    throw new Error(`docker compose up failed:\n${logs}`, { cause: error })
  }
  return {
    url: `http://127.0.0.1:${port}`,
    compose,
    close,
    async exitCodeOf(service) {
      const id = (await compose('ps', '--all', '--quiet', service)).trim()
      return Number(await docker('inspect', '--format', '{{.State.ExitCode}}', id))
    },
  }
}
