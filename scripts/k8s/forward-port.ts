import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A way from a port of this machine to one of a pod. */
export interface Forwarded {
  readonly port: number
  close(): void
}

/** `kubectl port-forward`; a local port of 0 picks a free one. Rejects with what kubectl says when it ends instead. */
export async function forwardPort(namespace: string, target: string, remote: number, local = 0): Promise<Forwarded> {
  const args = ['--namespace', namespace, 'port-forward', '--address', '127.0.0.1', target, `${local || ''}:${remote}`]
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', () => reject(new Error(`kubectl port-forward ${target}: ${said.join(' ')}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1])
      if (port > 0) resolve({ port, close: () => child.kill() })
    })
  })
}
