import { jsonPointer } from './json-pointer.ts'

export interface JsonLimits {
  readonly maxDepth?: number
}

/** What of a JSON text no event may carry; the pointer is `''` for the whole. */
export interface JsonFault {
  readonly pointer: string
  readonly detail: string
}

/** The value of a text, or why it is refused: at most the first twenty faults. */
export type GuardedJson =
  | { readonly value: unknown; readonly faults?: undefined }
  | { readonly value?: undefined; readonly faults: readonly JsonFault[] }

const defaultMaxDepth = 32
const maxReported = 20
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * JSON text to a value, as `JSON.parse` (of keys given twice the last wins), but refusing what would hurt later:
 * nesting beyond the limit, keys that name an object's prototype, numbers that read as infinite, and half of a
 * surrogate pair, which has no UTF-8 form. Throws a SyntaxError for text that is no JSON.
 */
export function parseGuardedJson(text: string, limits: JsonLimits = {}): GuardedJson {
  return guardJson(text, JSON.parse(text), limits)
}

/** The same for a text that was parsed already. */
export function guardJson(text: string, value: unknown, { maxDepth = defaultMaxDepth }: JsonLimits = {}): GuardedJson {
  if (isPlain(text, maxDepth)) return { value }
  const faults = findFaults(value, maxDepth)
  return faults.length === 0 ? { value } : { faults }
}

/** A cheap look at the text that spares nearly every text the walk: whatever is refused leaves one of these traces. */
function isPlain(text: string, maxDepth: number): boolean {
  if (text.includes('\\u') || !text.isWellFormed()) return false
  if (text.includes('__proto__') || text.includes('prototype') || text.includes('constructor')) return false
  return !hugeNumber.test(text) && opensAtMost(text, maxDepth)
}

/** Every number that reads as infinite looks like this. Without the look behind, runs of digits would cost squares. */
const hugeNumber = /\d[eE]\+?\d{3}|(?<!\d)\d{200}/

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

function findFaults(root: unknown, maxDepth: number): JsonFault[] {
  const faults: JsonFault[] = []
  const path: (string | number)[] = []
  const report = (detail: string) => void faults.push({ pointer: jsonPointer(path).toWellFormed(), detail })

  const visit = (step: string | number, value: unknown, depth: number) => {
    if (faults.length >= maxReported) return
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
  return faults
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
