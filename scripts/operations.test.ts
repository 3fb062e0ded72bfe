import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMetrics } from '@twofold/runtime/metrics.ts'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const rules = read('ops/prometheus/alerts.yaml')
const ruleTests = read('ops/prometheus/alerts.test.yaml')
const guide = read('docs/operations.md')
const dashboard = JSON.parse(read('ops/grafana/twofold.json')) as Dashboard

interface Dashboard {
  readonly panels: readonly { readonly id: number; readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[]
}

const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
const expressions = [...rules.matchAll(/expr: (?:\|\n((?: {10,}.*\n)+)|(.+))/g)].map(([, block, line]) => (block ?? line)!)
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

const known = await knownFigures()

/** Every figure that some source names, and those that every process has by itself. */
async function knownFigures(): Promise<ReadonlySet<string>> {
  const sources = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .flatMap(({ name }) => sourcesBelow(join(root, name, 'src')))
  const named = sources.flatMap((source) => [...source.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)].map(([, name]) => name!))
  const own = (await createMetrics({ service: 'test' }).text()).matchAll(/^# TYPE (\S+)/gm)
  return new Set([...named, ...[...own].map(([, name]) => name!), 'up'])
}

function sourcesBelow(folder: string): string[] {
  try {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.includes('.test'))
    return files.map((file) => readFileSync(join(folder, file), 'utf8'))
  } catch {
    return []
  }
}

const words = new Set(['and', 'or', 'unless', 'on', 'by', 'without', 'ignoring', 'bool', 'offset'])

/** The figures of an expression: names that are no function, keyword, label or duration. */
function figuresIn(expression: string): string[] {
  const plain = expression.replaceAll(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without)\s*\([^)]*\)/g, ' ')
  const names = [...plain.matchAll(/\b([a-z_][a-z0-9_]*)\b(?!\s*\()/g)].map(([, name]) => name!)
  return names.filter((name) => !words.has(name))
}

const stemOf = (name: string): string => name.replace(/_(bucket|sum|count)$/, '')

test('there are alerts, expressions and panels to look at', () => {
  expect(alerts.length).toBeGreaterThan(20)
  expect(expressions).toHaveLength(alerts.length)
  expect(queries.length).toBeGreaterThan(30)
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
})

test('every alert has its section in the operations guide, and every section its alert', () => {
  expect([...guide.matchAll(/^### (\w+)$/gm)].map(([, name]) => name)).toEqual(alerts.toSorted((left, right) => guide.indexOf(`### ${left}`) - guide.indexOf(`### ${right}`)))
  for (const name of alerts) expect(rules).toContain(`runbook: docs/operations.md#${name.toLowerCase()}\n`)
})

test('every alert is fired once on purpose', () => {
  const fired = [...ruleTests.matchAll(/alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels/g)].map(([, name]) => name!)
  expect(alerts.filter((name) => !fired.includes(name))).toEqual([])
})

test.each([
  ['rule', expressions],
  ['panel', queries],
])('every figure of a %s exists', (_where, texts) => {
  const figures = [...new Set(texts.flatMap(figuresIn))]
  expect(figures.length).toBeGreaterThan(10)
  expect(figures.filter((name) => !known.has(name) && !known.has(stemOf(name)))).toEqual([])
})

test('every figure that the guide lists exists', () => {
  const listed = [...guide.slice(guide.indexOf('## Figures')).matchAll(/`([a-z_0-9]+)`/g)].map(([, name]) => name!)
  expect(listed.filter((name) => !known.has(name))).toEqual([])
})
