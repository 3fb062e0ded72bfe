import { redactUrl } from './redact-url.ts'

const maxCauses = 8

/**
 * One line of JSON, the named keys first; control characters are escaped, passwords in URLs hidden, errors written out.
 * Never throws: a record that can't be written as JSON is written without its fields.
 */
export function toLogJson(record: Readonly<Record<string, unknown>>, first: readonly string[]): string {
  const head = Object.fromEntries(first.map((name) => [name, record[name]]))
  try {
    return JSON.stringify({ ...head, ...record }, replace)
  } catch (error) {
    return JSON.stringify({ ...head, unwritable: String(error) }, replace)
  }
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return redactUrl(value)
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Error ? errorFields(value, 0) : value
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const code = 'code' in error ? { code: error.code } : {}
  const parts = error instanceof AggregateError ? { errors: error.errors.slice(0, maxCauses) as unknown[] } : {}
  const fields = { name, ...code, message, stack, ...parts }
  if (cause === undefined) return fields
  if (!(cause instanceof Error)) return { ...fields, cause }
  return { ...fields, cause: depth < maxCauses ? errorFields(cause, depth + 1) : cause.message }
}
