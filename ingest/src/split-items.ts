import { HttpProblem } from '@twofold/runtime/problem.ts'
import type { TextBody } from '@twofold/runtime/json-body.ts'

/**
 * The texts of the events in a body: the lines of NDJSON, or the elements of a JSON array, so that each can be measured
 * and parsed as if it came alone. An element may turn out to be no JSON; then the array was none.
 * Throws `HttpProblem`: 400, 413, or 422 for JSON that is no array or an empty one.
 */
export function splitItems({ type, text }: TextBody, maxItems: number): string[] {
  if (text.trim() === '') throw new HttpProblem({ status: 400, detail: 'the body is empty' })
  const items = type === 'ndjson' ? splitLines(text, maxItems) : (splitArray(text, maxItems) ?? refuseOther(text))
  if (items.length > maxItems) {
    throw new HttpProblem({ status: 413, detail: `the body has more than ${maxItems} events` })
  }
  if (items.length > 0) return items
  const errors = [{ pointer: '', detail: 'must not be empty' }]
  throw new HttpProblem({ status: 422, detail: 'the array is empty', errors })
}

/** Blank lines count as events (that are no JSON), so that results stay in step; at the end they are only an ending. */
function splitLines(text: string, maxItems: number): string[] {
  let end = text.length
  while (end > 0 && ' \t\n\r'.includes(text[end - 1]!)) end -= 1
  const ending = text.indexOf('\n', end)
  return (ending < 0 ? text : text.slice(0, ending)).split('\n', maxItems + 1)
}

/**
 * What stands between the commas of the outermost array; undefined if the text is no array. Wrong brackets need no
 * care: they end up in an element, and that will not parse.
 */
function splitArray(text: string, maxItems: number): string[] | undefined {
  const inner = /^[ \t\n\r]*\[(.*)\][ \t\n\r]*$/s.exec(text)?.[1]
  if (inner === undefined) return undefined
  return isBlank(inner) ? [] : splitAtCommas(inner, maxItems)
}

/** Stops at one more than allowed: a body of commas is not worth its millions of elements. */
function splitAtCommas(inner: string, maxItems: number): string[] {
  const items: string[] = []
  let start = 0
  for (let at = 0, depth = 0; at < inner.length && items.length <= maxItems; at += 1) {
    const sign = inner.charCodeAt(at)
    if (sign === quote) at = endOfString(inner, at)
    else if (sign === openBracket || sign === openBrace) depth += 1
    else if (sign === closeBracket || sign === closeBrace) depth -= 1
    else if (sign === comma && depth === 0) {
      items.push(inner.slice(start, at))
      start = at + 1
    }
  }
  return [...items, inner.slice(start)]
}

const [quote, openBracket, closeBracket, openBrace, closeBrace, comma, backslash] = Buffer.from('"[]{},\\')

/** Position of the quote that ends the string, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const sign = text.charCodeAt(at)
    if (sign === quote) return at
    if (sign === backslash) at += 1
  }
  return text.length
}

const isBlank = (text: string): boolean => /^[ \t\n\r]*$/.test(text)

function refuseOther(text: string): never {
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new HttpProblem({ status: 400, detail: `the body is not JSON: ${(cause as Error).message}` }, { cause })
  }
  const errors = [{ pointer: '', detail: 'must be an array' }]
  throw new HttpProblem({ status: 422, detail: 'the body must be an array of events', errors })
}
