import { z } from 'zod'

/** JSON Schema of one value. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Named by the chart itself: where things are, what listens, who may come in, when a job runs. */
const chartsOwn = /^(BATCH_CRON|HOST|PORT|METRICS_PORT|DATA_DIR|API_KEYS|ALLOW_ANONYMOUS|PUBLISHED_AT|OTEL_.*|TLS_.*|(EVENT_LOG|COUNTER_STORE|ROW_STORE)_.*)$/

/** Whether a setting may be given as a value of the chart: those that the chart decides and secrets may not. */
export function isChartSetting(name: string, field: z.ZodType): boolean {
  return !chartsOwn.test(name) && field.meta()?.['secret'] !== true
}

/**
 * What values.yaml may say for an environment variable: what the service reads, or, for a number or a switch, the
 * number or the switch itself. `pattern` speaks of texts only and `minimum` of numbers only, so one schema says both.
 */
export function describeSetting(field: z.ZodType): JsonSchema {
  const read = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' })
  const parsed = z.toJSONSchema(field, { io: 'output', unrepresentable: 'any' })
  const { description } = read
  return { ...(description === undefined ? {} : { description }), ...kindOf(read, parsed) }
}

function kindOf(read: JsonSchema, parsed: JsonSchema): JsonSchema {
  const { minimum, maximum: most, enum: choices } = parsed
  const pattern = read['pattern'] as string | undefined
  if (isNumeric(pattern, parsed['type'])) {
    const maximum = most === Number.MAX_SAFE_INTEGER ? undefined : most
    return strip({ type: [pattern === String.raw`^\d+$` ? 'integer' : 'number', 'string'], pattern, minimum, maximum })
  }
  const texts = choices ?? read['enum']
  if (isSwitch(texts)) return { enum: [true, false, 'true', 'false'] }
  return strip({ type: 'string', enum: texts, pattern })
}

/** Of a text that is transformed nothing may be known but what it looks like. */
const isNumeric = (pattern: string | undefined, type: unknown): boolean =>
  type === 'number' || type === 'integer' || (pattern !== undefined && type === undefined && new RegExp(pattern).test('1') && !new RegExp(pattern).test('a'))

const isSwitch = (texts: unknown): boolean => Array.isArray(texts) && texts.length > 0 && texts.every((text) => text === 'true' || text === 'false')

const strip = (schema: JsonSchema): JsonSchema => Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))
