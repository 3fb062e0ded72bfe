import { jsonPointer } from './json-pointer.ts'
import { HttpProblem, type ProblemPart } from './problem.ts'

export interface JsonLimits {
  readonly maxDepth?: number
}

const defaultMaxDepth = 32
const maxReported = 20
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * JSON text to a value, as `JSON.parse` (of keys given twice the last wins), but refusing what would hurt later:
 * nesting beyond the limit, keys that name an object's prototype, numbers that read as infinite, and half of a
 * surrogate pair, which has no UTF-8 form. Throws `HttpProblem` 400 for text that is no JSON and 422, with pointers,
 * for the rest.
 */
export function parseJsonText(text: string, { maxDepth = defaultMaxDepth }: JsonLimits = {}): unknown {
  const value = parse(text)
  if (!isPlain(text, maxDepth)) refuseHarmful(value, maxDepth)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const detail = text.trim() === '' ? 'the body is empty' : `the body is not JSON: ${(cause as Error).message}`
    throw new HttpProblem({ status: 400, detail }, { cause })
  }
}

/** A cheap look at the text that spares nearly every body the walk: whatever is refused leaves one of these traces. */
function isPlain(text: string, maxDepth: number): boolean {
  if (text.includes('\\u') || !text.isWellFormed()) return false
  if (text.includes('__proto__') || text.includes('prototype') || text.includes('constructor')) return false
  return !hugeNumber.test(text) && opensAtMost(text, maxDepth)
}

/** Every number that reads as infinite looks like this. */
const hugeNumber = /\d[eE]\+?\d{3,}\s*(?:[,}\]]|$)|\d{200}/

function opensAtMost(text: string, limit: number): boolean {
  let opened = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      opened += 1
      if (opened > limit) return false
    }
  }
  return true
}

function refuseHarmful(root: unknown, maxDepth: number): void {
  const errors: ProblemPart[] = []
  const path: (string | number)[] = []
  const report = (detail: string) => void errors.push({ pointer: jsonPointer(path).toWellFormed(), detail })

  const visit = (step: string | number, value: unknown, depth: number) => {
    if (errors.length >= maxReported) return
    path.push(step)
    const fault = (typeof step === 'string' ? keyFault(step) : undefined) ?? valueFault(value, depth, maxDepth)
    if (fault) report(fault)
    else descend(value, depth)
    path.pop()
  }
  const descend = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) return value.forEach((item, index) => visit(index, item, depth + 1))
    for (const key of Object.keys(value)) visit(key, (value as Record<string, unknown>)[key], depth + 1)
  }
  const fault = valueFault(root, 1, maxDepth)
  if (fault) report(fault)
  else descend(root, 1)
  if (errors.length > 0) throw new HttpProblem({ status: 422, detail: 'the body can not be accepted', errors })
}

const halfPair = 'this holds half of a surrogate pair and has no UTF-8 form'

function keyFault(key: string): string | undefined {
  if (refusedKeys.has(key)) return 'a member of this name is not accepted'
  return key.isWellFormed() ? undefined : halfPair
}

function valueFault(value: unknown, depth: number, maxDepth: number): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : halfPair
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'this number is too large'
  const isNested = typeof value === 'object' && value !== null
  return isNested && depth > maxDepth ? `this is nested deeper than ${maxDepth}` : undefined
}
