import { TwofoldError } from '@twofold/core/errors.ts'
import type { z } from 'zod'
import { aliasNames, resolveAliases, secretAliasNames } from './aliases.ts'
import { readValues, type ConfigFault, type Environment } from './environment.ts'

/**
 * A service's settings, read once from the environment. The schema's keys are the variables' names; a field with the
 * metadata `secret: true` may be given as `NAME_FILE`. `{DATA_DIR}` in a text stands for that setting.
 * Throws `INVALID_CONFIG` with every fault at once; no value of a secret is in its message.
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env: Environment): Readonly<z.output<Schema>> {
  const secrets = new Set([...secretFields(schema), ...secretAliasNames])
  const read = readValues(env, new Set([...Object.keys(schema.shape), ...aliasNames]), secrets)
  const resolved = resolveAliases(read.values, (name) => name in schema.shape)
  const parsed = schema.safeParse(resolved.values)
  const faults = [...read.faults, ...resolved.faults]
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? '')
    const origin = resolved.origins[name]
    if (origin && !(name in resolved.values)) continue // the alias itself was already refused
    const value = resolved.values[name]
    const problem = value === undefined ? missing(issue) : describe(issue, secrets.has(name) ? undefined : value)
    faults.push({ name: origin ? `${name} (from ${origin})` : name, problem })
  }
  if (faults.length > 0 || !parsed.success) throw new TwofoldError('INVALID_CONFIG', report(faults))
  return expandDataDir(parsed.data)
}

function secretFields(schema: z.ZodObject): string[] {
  const fields: [string, unknown][] = Object.entries(schema.shape)
  return fields.filter(([, field]) => (field as z.ZodType).meta()?.['secret'] === true).map(([name]) => name)
}

function describe(issue: z.core.$ZodIssue, value: string | undefined): string {
  if (issue.code === 'custom' || value === undefined) return issue.message
  return `${issue.message}, got ${JSON.stringify(value)}`
}

/** A check across fields may refuse a default; otherwise a variable without a value is one that has no default. */
function missing(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' ? issue.message : 'is required'
}

function report(faults: readonly ConfigFault[]): string {
  return ['the configuration has faults:', ...faults.map(({ name, problem }) => `  ${name}: ${problem}`)].join('\n')
}

function expandDataDir<Values extends Record<string, unknown>>(values: Values): Values {
  const dataDir = values['DATA_DIR']
  if (typeof dataDir !== 'string') return values
  const expand = (value: unknown) => (typeof value === 'string' ? value.replaceAll('{DATA_DIR}', dataDir) : value)
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expand(value)])) as Values
}
