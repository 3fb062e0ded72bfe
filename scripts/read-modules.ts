import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'

/** What the architecture is about in one source file. Paths are relative to the repository, with `/`. */
export interface Module {
  path: string
  lines: number
  /** Every static, re-exporting, dynamic and type import; `undefined` where the specifier is not a literal. */
  imports: { specifier: string | undefined, line: number }[]
  /** Reads of the process's clock or randomness, such as `Date.now()`. */
  impurities: { name: string, line: number }[]
}

interface Node {
  type: string
  start: number
  [key: string]: unknown
}

/** TypeScript 7 has no JavaScript API (and tools built on it read no module, silently), so Oxc's parser reads. */
export function readModules(root: string): Module[] {
  const files = globSync('**/*.{ts,tsx,mts}', { cwd: root, exclude: isForeign })
  return files.map((file) => file.split(sep).join('/')).sort()
    .map((path) => parseModule(path, readFileSync(join(root, path), 'utf8')))
}

const isForeign = (path: string) => /(^|[\\/])(node_modules|dist|coverage|data|\.[^\\/.]+)$/.test(path)

export function parseModule(path: string, text: string): Module {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  const module: Module = { path, lines: text.trimEnd().split('\n').length, imports: [], impurities: [] }
  walk(program as unknown as Node, (node) => {
    const line = text.slice(0, node.start).split('\n').length
    const source = importSource(node)
    if (source) module.imports.push({ specifier: literalOf(source), line })
    const name = impurityOf(node)
    if (name) module.impurities.push({ name, line })
  })
  return module
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of [node[key]].flat()) if (child) walk(child as Node, visit)
  }
}

const withSource =
  ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType']

function importSource(node: Node): Node | undefined {
  if (withSource.includes(node.type)) return (node.source ?? undefined) as Node | undefined
  return isCallOf(node, 'require') ? (node.arguments as Node[])[0] : undefined
}

const literalOf = (node: Node) => (node.type === 'Literal' ? String(node.value) : undefined)

function impurityOf(node: Node): string | undefined {
  if (isCallOf(node, 'Date')) return 'Date()'
  const isNewDate = node.type === 'NewExpression' && isName(node.callee, 'Date')
  if (isNewDate && (node.arguments as Node[]).length === 0) return 'new Date()'
  if (node.type !== 'MemberExpression') return undefined
  // The function itself counts, not its call only: it could be handed over as an argument.
  const property = (node.property as Node).name ?? (node.property as Node).value
  if (isName(node.object, 'Date') && property === 'now') return 'Date.now'
  if (isName(node.object, 'Math') && property === 'random') return 'Math.random'
  return undefined
}

const isCallOf = (node: Node, name: string) => node.type === 'CallExpression' && isName(node.callee, name)

const isName = (node: unknown, name: string) => (node as Node).type === 'Identifier' && (node as Node).name === name
