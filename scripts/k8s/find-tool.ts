import { accessSync, constants, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { run } from './run-command.ts'

interface GoProgram {
  readonly module: string
  readonly version: string
  readonly folder: string
  readonly flags?: readonly string[]
}

/** Built from source where the machine doesn't have them: they are all on the Go module proxy. */
const programs = {
  helm: { module: 'helm.sh/helm/v4', version: 'v4.1.4', folder: 'cmd/helm' },
  kubeconform: { module: 'github.com/yannh/kubeconform', version: 'v0.7.0', folder: 'cmd/kubeconform' },
  'helm-unittest': { module: 'github.com/helm-unittest/helm-unittest', version: 'v1.1.2', folder: 'cmd/helm-unittest' },
  // Prometheus 3.13.5, without the clients of a dozen clouds, which rules have no use for.
  promtool: { module: 'github.com/prometheus/prometheus', version: 'v0.313.5', folder: 'cmd/promtool', flags: ['-tags=remove_all_sd', '-ldflags=-s'] },
} satisfies Record<string, GoProgram>

/** Of the user: the next clone finds them there. */
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'twofold')
const env = { GOWORK: 'off', CGO_ENABLED: '0' }

/** The path of a program: on PATH, built before, or built now (with Go; some minutes for the largest). */
export async function findTool(name: keyof typeof programs): Promise<string> {
  const { module, version, folder, flags = [] }: GoProgram = programs[name]
  const built = join(cache, `${name}-${version}`)
  const found = [...(process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, name)), built].find(isProgram)
  if (found) return found
  await run('go', ['version']).catch((cause: unknown) => {
    throw new Error(`${name} is not on PATH, and there is no Go to build it with: install one of them`, { cause })
  })
  console.error(`building ${name} ${version}, which is not on PATH; this takes minutes, once`)
  mkdirSync(cache, { recursive: true })
  // `go install` refuses a module that replaces another one, as some of these do; in its own folder it builds.
  const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', `${module}@${version}`], { env })) as { Dir: string }
  await run('go', ['-C', Dir, 'build', '-buildvcs=false', ...flags, '-o', built, `./${folder}`], { env })
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
