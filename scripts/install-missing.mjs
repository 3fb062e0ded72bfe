// Runs before `npm start` and `npm test`, with whatever Node the machine has (16 or newer): plain JavaScript, no
// dependency. Installs when node_modules is not what package-lock.json says, and says so when Node is too old.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (!isInstalled()) install()
refuseOldNode()

// npm writes node_modules/.package-lock.json last, so an interrupted installation counts as missing too.
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  for (const path of Object.keys(present)) if (!wanted[path]) return false
  return Object.keys(wanted).every((path) => path === '' || isSame(wanted[path], present[path]))
}

// Packages for another platform are in the lock file only, and marked as optional there.
function isSame(wanted, present) {
  if (!present) return Boolean(wanted.optional || wanted.devOptional || wanted.peer)
  return wanted.version === present.version && wanted.integrity === present.integrity
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

function install() {
  console.error('Installing packages (npm ci) ...')
  // No package needs its install script. (As a setting in .npmrc this would switch off `prestart` and `pretest` too.)
  const options = ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund']
  const npm = npmCommand()
  // Progress belongs on standard error: standard output is the command's own.
  const result = spawnSync(npm.command, npm.args.concat(options), { cwd: root, stdio: [0, 2, 2], shell: npm.shell })
  if (result.error) console.error('npm ci: ' + result.error.message)
  if (result.status !== 0) process.exit(result.status || 1)
}

// The npm that runs this, with the Node that runs that npm: the one in node_modules is about to be replaced.
function npmCommand() {
  const cli = process.env.npm_execpath
  if (cli && basename(cli) === 'npm-cli.js') {
    return { command: process.env.npm_node_execpath || process.execPath, args: [cli], shell: false }
  }
  return { command: 'npm', args: [], shell: process.platform === 'win32' }
}

// Where npm carries Node itself (an optional dependency), `node` in npm scripts is that one, not the machine's.
function refuseOldNode() {
  const bin = join(root, 'node_modules', '.bin')
  if (['node', 'node.cmd', 'node.exe'].some((name) => existsSync(join(bin, name)))) return
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 15)) return
  console.error('Twofold needs Node.js 24.15 or newer, this is ' + process.versions.node + ': see https://nodejs.org')
  process.exit(1)
}
