// Builds every image of the list in services.ts, or those named, with the Dockerfile at the root; see --help.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import root from '../package.json' with { type: 'json' }
import { type Image, images } from './services.ts'

const usage = `Builds the images of the system: twofold/<name>:${root.version}, for ${images.map(({ name }) => name).join(', ')}.

  npm run images
  npm run images -- ingest analytics-service
  npm run images -- --registry registry.example.org/team --push

  --registry <prefix>   put in front of the names, and needed to push
  --tag <tag>           instead of the version
  --push                push each image once it is built
  --npmrc <file>        for npm, where packages come through a registry that wants a token; in no image
  --platform <name>     such as linux/amd64, when it isn't this machine's
  --base <image>        what to build on (node:24-slim), such as one with a digest
  --help
`

/** An image that adds more than this to Node's has something in it that it should not have. */
const maxAddedMb = 250
const folder = fileURLToPath(new URL('..', import.meta.url))

try {
  process.exitCode = run()
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  process.exitCode = say(`${error.message}; see --help`, 2) // an unknown option
}

function run(): number {
  const options = {
    registry: { type: 'string' },
    tag: { type: 'string', default: root.version },
    push: { type: 'boolean', default: false },
    base: { type: 'string', default: 'node:24-slim' },
    npmrc: { type: 'string' },
    platform: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return say(usage, 0)
  const unknown = positionals.filter((name) => !images.some((image) => image.name === name))
  if (unknown.length > 0) return say(`no such image: ${unknown.join(', ')}; see --help`, 2)
  if (values.push && !values.registry) return say('--push needs --registry', 2)
  // What BuildKit fetches for a build it keeps to itself; to weigh the base, Docker must have it.
  if (sizeOf(values.base) === 0 && !docker(['pull', ...ofPlatform(values.platform), values.base])) return 1
  const inFront = values.registry ? `${values.registry}/` : ''
  const wanted = images.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const isDone = wanted.every((image) => {
    const reference = `${inFront}twofold/${image.name}:${values.tag}`
    return build(image, reference, values) && (!values.push || docker(['push', reference]))
  })
  return isDone ? 0 : 1
}

interface BuildOptions {
  readonly base: string
  readonly npmrc?: string | undefined
  readonly platform?: string | undefined
}

function build(image: Image, reference: string, options: BuildOptions): boolean {
  const { base } = options
  if (!docker(buildArguments(image, reference, options))) return false
  const addedMb = (sizeOf(reference) - sizeOf(base)) / 1e6
  console.log(`${reference}  ${addedMb.toFixed(0)} MB over ${base}`)
  if (addedMb > maxAddedMb) console.error(`that is more than ${maxAddedMb} MB`)
  return addedMb <= maxAddedMb
}

function buildArguments({ workspace, entry }: Image, reference: string, { base, npmrc, platform }: BuildOptions): string[] {
  const settings = { NODE_IMAGE: base, SERVICE: workspace, ...(entry ? { ENTRY: entry } : {}) }
  const buildArgs = Object.entries(settings).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const secret = npmrc ? ['--secret', `id=npmrc,src=${resolve(npmrc)}`] : []
  return ['build', ...buildArgs, ...secret, ...ofPlatform(platform), '--tag', reference, '.']
}

function ofPlatform(platform: string | undefined): string[] {
  return platform ? ['--platform', platform] : []
}

function docker(args: readonly string[]): boolean {
  console.error(`docker ${args.join(' ')}`)
  const env = { ...process.env, DOCKER_BUILDKIT: '1' } // older daemons would build without caches otherwise
  const { status, error } = spawnSync('docker', args, { cwd: folder, stdio: ['ignore', 2, 2], env })
  if (error) console.error(error.message)
  return status === 0
}

/** Bytes, as Docker counts them: all layers; 0 if it has no such image. */
function sizeOf(reference: string): number {
  const { stdout } = spawnSync('docker', ['image', 'inspect', '--format', '{{.Size}}', reference], { encoding: 'utf8' })
  return Number(stdout)
}

function say(text: string, code: number): number {
  console.error(text)
  return code
}
