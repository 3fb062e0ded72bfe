import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { finish, run } from './k8s/run-command.ts'

const makefile = readFileSync(new URL('../Makefile', import.meta.url), 'utf8')
const targets = [...makefile.matchAll(/^([a-z0-9-]+):(.*)$/gm)].map(([, name, rest]) => ({ name: name!, rest: rest! }))

// What the component Makefiles of systems 001 and 002 have, less what was about one component.
const expected = `help update-local build-local build-new-local run-local run-new-local build-image build-new-image push-image
  push-new-image run-image run-new-image query-k8s delete-k8s apply-k8s attach-k8s recreate-k8s recreate-new-k8s deploy-new-k8s
  test build run-with-env clear docker-build-image docker-push-image docker-run-tmp-container`.split(/\s+/)

test('the Makefile has the targets that people know', () => {
  const names = targets.map(({ name }) => name)
  expect(expected.filter((name) => !names.includes(name))).toEqual([])
})

test('every target says in the list what it does', () => {
  expect(targets.filter(({ rest }) => !/ ## \S/.test(rest)).map(({ name }) => name)).toEqual([])
})

test('a target is a call or two of another tool, and scripts that it names exist', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { scripts: Record<string, string> }
  const called = [...makefile.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!)
  expect(called.filter((name) => !(name in scripts))).toEqual([])
  const longest = Math.max(...makefile.split(/^\S.*$/m).map((recipe) => recipe.trim().split('\n').length))
  expect(longest).toBeLessThanOrEqual(2)
})

const root = fileURLToPath(new URL('..', import.meta.url))
const dryRun = (...args: string[]) => run('make', ['--directory', root, '--dry-run', ...args])
const hasMake = await finish('make', ['--version']).then(({ code }) => code === 0, () => false)
const reason = hasMake ? '' : ' — declared: there is no make'

test.runIf(hasMake).each(['deploy-new-k8s', 'recreate-new-k8s'])(`%s pushes all images under a tag of this commit, and has the chart take them${reason}`, async (target) => {
  const said = await dryRun(target, 'REGISTRY=example.org/team', 'SERVICE=ingest')
  const [, pushed, service] = /npm run images -- --push --registry example.org\/team --tag (\S+) ?(.*)$/m.exec(said) ?? []
  expect(pushed).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{7,}/)
  expect(service).toBe('')
  expect(said).toContain(`--set-string image.tag=${pushed!} `)
  expect(said).toContain('--reset-then-reuse-values')
})

test.runIf(hasMake)(`what is not said to apply-k8s stays as it was${reason}`, async () => {
  const said = await dryRun('apply-k8s')
  expect(said).toContain('--reset-then-reuse-values')
  expect(said).not.toContain('image.')
})
