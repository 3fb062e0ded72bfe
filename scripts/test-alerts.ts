import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run test:alerts`: checks the alert rules with Prometheus' own tool, and fires each of them once. */

const module = 'github.com/prometheus/prometheus'
const version = 'v0.313.5' // Prometheus 3.13.5
const go = 'go'
const rules = fileURLToPath(new URL('../ops/prometheus/', import.meta.url))

/** Named by PROMTOOL, found on the path, or built once with Go into the user's cache. */
function findPromtool(): string {
  const named = process.env['PROMTOOL']
  if (named) return named
  if (works('promtool', '--version')) return 'promtool'
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'twofold')
  const built = join(folder, `promtool-${version}`)
  if (!existsSync(built)) build(folder, built)
  return built
}

/**
 * Within its own module, as `go install` refuses one that replaces a dependency. The proxy's checksums pin the source.
 * Without the clients of a dozen clouds, which rules have no use for.
 */
function build(folder: string, target: string): void {
  if (!works(go, 'version')) throw new Error('there is neither promtool nor Go: install one of them, or name a promtool by PROMTOOL')
  mkdirSync(folder, { recursive: true })
  process.stderr.write(`building promtool ${version}; this takes minutes, once\n`)
  const startedAt = performance.now()
  const env = { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' }
  const found = execFileSync(go, ['mod', 'download', '-json', `${module}@${version}`], { env, encoding: 'utf8' })
  const { Dir: cwd } = JSON.parse(found) as { Dir: string }
  execFileSync(go, ['build', '-buildvcs=false', '-tags=remove_all_sd', '-ldflags=-s', '-o', target, './cmd/promtool'], { cwd, env, stdio: 'inherit' })
  process.stderr.write(`built in ${Math.round((performance.now() - startedAt) / 1000)} s\n`)
}

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

const promtool = findPromtool()
for (const args of [['check', 'config', 'prometheus.yaml'], ['test', 'rules', 'alerts.test.yaml']]) {
  const { status } = spawnSync(promtool, args, { cwd: rules, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
