import { posix } from 'node:path'
import type { Module } from './read-modules.ts'

export interface Violation {
  path: string
  line: number
  message: string
}

/** The folders that are not a service. What is not named here is one. */
const mayImport: Record<string, string[]> = {
  core: [],
  dataflow: ['core'],
  adapters: ['core'],
  runtime: ['core'],
  portal: ['core'],
}
const tools = ['scripts', 'benchmarks', 'verification', 'end-to-end']
const serviceMayImport = ['core', 'dataflow', 'runtime']

const drivers: Record<string, string> = {
  'kafkajs': 'adapters/src/kafka/',
  'cassandra-driver': 'adapters/src/cassandra/',
  'mysql2': 'adapters/src/mysql/',
  'node:sqlite': 'adapters/src/sqlite/',
}

/** Packages of the folders that may not choose freely. Node's own are allowed in `adapters` only. */
const packagesOf: Record<string, string[]> = { core: ['zod'], dataflow: [], adapters: Object.keys(drivers) }
const testPackages = ['vitest', 'fast-check']
const maxMainLines = 40

export const checkArchitecture = (modules: Module[]): Violation[] => [
  ...modules.flatMap(checkImports),
  ...modules.flatMap(checkPurity),
  ...modules.flatMap(checkMain),
  ...findCycles(modules),
]

const folderOf = (path: string) => path.split('/')[0]!
const isTest = (path: string) => /\.(test|contract)(-[a-z]+)?\.ts$|-contract\//.test(path)
const isTool = (path: string) => tools.includes(folderOf(path))
const isService = (path: string) => !isTool(path) && !(folderOf(path) in mayImport) && path.split('/')[1] === 'src'
const isServiceMain = (path: string) => isService(path) && path.split('/').slice(1).join('/') === 'src/main.ts'

/** The file that a specifier means, or undefined for a package. */
export function resolveModule(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  const [, folder, path] = /^@twofold\/([^/]+)\/?(.*)$/.exec(specifier) ?? []
  return folder && (folder === 'scripts' ? posix.join(folder, path!) : posix.join(folder, 'src', path!))
}

function checkImports({ path, imports }: Module): Violation[] {
  if (!path.includes('/')) return []
  return imports.flatMap(({ specifier, line }) => {
    const message = refuse(path, specifier)
    return message ? [{ path, line, message }] : []
  })
}

function refuse(from: string, specifier: string | undefined): string | undefined {
  if (specifier === undefined) return mayLoadAnything(from) ? undefined : 'imports something only known when it runs'
  const target = resolveModule(from, specifier)
  return target ? refuseModule(from, target) : refusePackage(from, specifier)
}

/** What can't be read can't be judged either. Adapters load the module that a worker thread is told to run. */
const mayLoadAnything = (path: string) => isTool(path) || isTest(path) || folderOf(path) === 'adapters'

function refuseModule(from: string, target: string): string | undefined {
  if (isTest(target) && !isTest(from)) return `imports the test ${target}`
  const [own, other] = [folderOf(from), folderOf(target)]
  if (own === other) return undefined
  return allows(from, other) ? undefined : `${kindOf(from)} must not import ${other}`
}

function allows(from: string, other: string): boolean {
  // What a person starts is what end-to-end tells stories of.
  if (other === 'scripts') return folderOf(from) === 'end-to-end'
  // The servers that integration tests and benchmarks need are controlled from end-to-end.
  if (other === 'end-to-end') return ['scripts', 'benchmarks'].includes(folderOf(from)) || from.endsWith('.int.test.ts')
  if (isTool(from)) return true
  if (other === 'adapters') return isServiceMain(from) || (isTest(from) && folderOf(from) !== 'core')
  return (mayImport[folderOf(from)] ?? serviceMayImport).includes(other)
}

const kindOf = (path: string) => (isService(path) && !isTest(path) ? `a service (${folderOf(path)})` : folderOf(path))

function refusePackage(from: string, specifier: string): string | undefined {
  const name = packageName(specifier)
  const home = drivers[name]
  const isAtHome = !home || from.startsWith(home) || folderOf(from) === 'benchmarks'
  if (!isAtHome) return `imports the driver ${name} outside ${home}`
  const allowed = packagesOf[folderOf(from)]
  if (!allowed || allowed.includes(name)) return undefined
  if (isTest(from) && (testPackages.includes(name) || name.startsWith('node:'))) return undefined
  if (name.startsWith('node:') && folderOf(from) === 'adapters') return undefined
  return `${folderOf(from)} must not import the package ${name}`
}

function packageName(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function checkPurity({ path, impurities }: Module): Violation[] {
  if (isTool(path) || isTest(path) || ['runtime', 'portal'].includes(folderOf(path))) return []
  return impurities.map(({ name, line }) => ({ path, line, message: `${name}: time and chance come in as arguments` }))
}

function checkMain({ path, lines }: Module): Violation[] {
  if (!isServiceMain(path) || lines <= maxMainLines) return []
  const message = `${lines} lines: a service's main.ts is wiring, ${maxMainLines} lines or less`
  return [{ path, line: maxMainLines + 1, message }]
}

/** Each cycle once, as the path that closes it. Type imports count: a cycle of types is one of ideas too. */
function findCycles(modules: Module[]): Violation[] {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const done = new Set<string>()
  const found: Violation[] = []
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      found.push({ path, line: 1, message: `cycle: ${[...trail.slice(start), path].join(' -> ')}` })
      return
    }
    if (done.has(path)) return
    for (const target of targetsOf(byPath.get(path))) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of modules) visit(path, [])
  return found
}

const targetsOf = (module: Module | undefined) =>
  (module?.imports ?? []).flatMap(({ specifier }) => (specifier && resolveModule(module!.path, specifier)) || [])
