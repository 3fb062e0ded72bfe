import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run-command.ts'

/** Makes images of this machine known to the cluster's nodes, by the command of K8S_LOAD. */
export async function loadImages(command: string, images: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-images-'))
  try {
    const tar = join(folder, 'images.tar')
    if (command.includes('{tar}')) await run('docker', ['save', '-o', tar, ...images])
    // A shell's command line: it is the caller's own, like any other of theirs.
    await run('bash', ['-c', command.replaceAll('{tar}', tar).replaceAll('{images}', images.join(' '))])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
