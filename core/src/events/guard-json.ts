import { TwofoldError } from '../errors.ts'

const maxDepth = 32
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
/** What a text must contain before a walk through its value can find anything. */
const suspicious = /__proto__|constructor|prototype|\\u/

/**
 * Parses JSON and refuses what no event may carry: nesting deeper than 32, keys that reach an object's prototype, lone
 * surrogates. Throws INVALID_EVENT naming the place as a JSON pointer, or a SyntaxError when it is no JSON at all.
 */
export function parseGuardedJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (suspicious.test(text) || mayBeDeep(text)) walk(value, '', 1)
  return value
}

function mayBeDeep(text: string): boolean {
  let openings = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++openings > maxDepth) return true
    }
  }
  return false
}

function walk(value: unknown, pointer: string, depth: number): void {
  if (typeof value === 'string' && !value.isWellFormed()) refuse(pointer, 'must not contain a lone surrogate')
  if (typeof value !== 'object' || value === null) return
  if (depth > maxDepth) refuse(pointer, `must not be nested deeper than ${maxDepth}`)
  for (const [key, member] of Object.entries(value)) {
    if (forbiddenKeys.has(key)) refuse(pointer, `must not have a member named ${key}`)
    if (!key.isWellFormed()) refuse(pointer, 'must not have a member whose name contains a lone surrogate')
    walk(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1)
  }
}

function refuse(pointer: string, detail: string): never {
  throw new TwofoldError('INVALID_EVENT', `${pointer === '' ? 'the value' : pointer}: ${detail}`)
}
