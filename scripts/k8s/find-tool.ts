import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './run-command.ts'

interface GoProgram {
  readonly module: string
  readonly version: string
  readonly folder: string
}

/** Built from source where the machine doesn't have them: they are all on the Go module proxy. */
const programs = {
  helm: { module: 'helm.sh/helm/v4', version: 'v4.1.4', folder: 'cmd/helm' },
  kubeconform: { module: 'github.com/yannh/kubeconform', version: 'v0.7.0', folder: 'cmd/kubeconform' },
  'helm-unittest': { module: 'github.com/helm-unittest/helm-unittest', version: 'v1.1.2', folder: 'cmd/helm-unittest' },
} satisfies Record<string, GoProgram>

const cache = fileURLToPath(new URL('../../node_modules/.cache/twofold', import.meta.url))

/** The path of a program: on PATH, built before, or built now (with Go; some minutes for the largest). */
export async function findTool(name: keyof typeof programs): Promise<string> {
  const { module, version, folder } = programs[name]
  const built = join(cache, `${name}-${version}`)
  const found = [...(process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, name)), built].find(isProgram)
  if (found) return found
  console.error(`building ${name} ${version}: it is not on PATH`)
  mkdirSync(cache, { recursive: true })
  // `go install` refuses a module that replaces another one, as some of these do; in its own folder it builds.
  const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', `${module}@${version}`])) as { Dir: string }
  await run('go', ['-C', Dir, 'build', '-trimpath', '-o', built, `./${folder}`])
  return built
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
