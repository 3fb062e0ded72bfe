import { parseGuardedJson, type GuardedJson, type JsonLimits } from '@twofold/core/events/guard-json.ts'
import { HttpProblem } from './problem.ts'

/**
 * JSON text to a value, refusing what the log's side refuses too (see `parseGuardedJson`). Throws `HttpProblem` 400 for
 * text that is no JSON and 422, with pointers, for the rest.
 */
export function parseJsonText(text: string, limits: JsonLimits = {}): unknown {
  const { value, faults } = parse(text, limits)
  if (faults) throw new HttpProblem({ status: 422, detail: 'the body can not be accepted', errors: faults })
  return value
}

function parse(text: string, limits: JsonLimits): GuardedJson {
  try {
    return parseGuardedJson(text, limits)
  } catch (cause) {
    const detail = text.trim() === '' ? 'the body is empty' : `the body is not JSON: ${(cause as Error).message}`
    throw new HttpProblem({ status: 400, detail }, { cause })
  }
}
