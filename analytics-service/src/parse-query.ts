import { createHash } from 'node:crypto'
import { jsonPointer } from '@twofold/core/events/json-pointer.ts'
import { timestamp } from '@twofold/core/events/fields.ts'
import type { Step } from '@twofold/core/serving/merge-rows.ts'
import { allowedSteps, finestStep, parseStep } from '@twofold/core/serving/steps.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { Window } from '@twofold/core/views/windows.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import { z } from 'zod'
import { type Cursor, decodeCursor } from './cursor.ts'

/** What a reader asked of a view. Times in milliseconds, half-open. */
export interface ParsedQuery {
  readonly keys?: readonly string[]
  readonly from?: number
  readonly until?: number
  readonly step: Step
  /** One of the view's: rows are as long as it. */
  readonly window?: Window
  readonly limit: number
  readonly cursor?: Cursor
}

/** Longest page. */
export const maxLimit = 10_000
const defaultLimit = 1000
const maxKeys = 100

/** A parameter that is not repeated. */
export const once = z.string('must be given once')
const time = once
  .transform((text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text))
  .pipe(timestamp())
  .transform((text) => Date.parse(text))
/** How many at the most. */
export const limit = once
  .regex(/^\d{1,6}$/, 'must be a whole number')
  .transform(Number)
  .refine((value) => value >= 1 && value <= maxLimit, `must be from 1 to ${maxLimit}`)
/** Only these groups. */
export const key = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(z.string()).max(maxKeys, `must be given at most ${maxKeys} times`),
)

const querySchema = z.object({
  key: key.optional(),
  from: time.optional(),
  until: time.optional(),
  step: once.optional(),
  window: once.optional(),
  limit: limit.default(defaultLimit),
  cursor: once.optional(),
})

/** Reads the query of a view. Throws a problem (422) that names every parameter which is wrong. */
export function parseQuery(view: View, query: unknown): ParsedQuery {
  const parsed = parseParameters(querySchema, query)
  const { from, until, cursor } = parsed
  const keys = parsed.key && [...new Set(parsed.key)]
  if (from !== undefined && until !== undefined && from >= until) throw refusal([{ name: 'until', detail: 'must be later than from' }])
  const asked = {
    ...(keys ? { keys } : {}),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    ...readLength(view, parsed),
  }
  return { ...asked, limit: parsed.limit, ...(cursor === undefined ? {} : { cursor: readCursor(cursor, view, asked) }) }
}

/** Reads the parameters of any route, and no others. Throws a problem (422) that names every one that is wrong. */
export function parseParameters<Schema extends z.ZodObject>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.strict().safeParse({ ...(query as object) })
  if (parsed.success) return parsed.data as z.output<Schema>
  throw refusal(parsed.error.issues.flatMap((issue) => faultsOf(issue, Object.keys(schema.shape))))
}

type Asked = Pick<ParsedQuery, 'keys' | 'from' | 'until' | 'step' | 'window'>

/** Names a question, whatever the length of its pages. */
export function nameQuestion({ name, version }: View, { keys, from, until, step, window }: Asked): string {
  return createHash('sha256').update(JSON.stringify([name, version, keys, from, until, step, window?.name])).digest('base64url').slice(0, 12)
}

interface Fault {
  readonly name: string
  readonly detail: string
}

/** The problem of a query: what is wrong with which parameter, named as a pointer into the object that they make. */
export function refusal(faults: readonly Fault[]): HttpProblem {
  const errors = faults.map(({ name, detail }) => ({ pointer: jsonPointer([name]), detail }))
  return new HttpProblem({ status: 422, detail: faults.map(({ name, detail }) => `${name}: ${detail}`).join('; '), errors })
}

interface Length {
  readonly key?: readonly string[] | undefined
  readonly step?: string | undefined
  readonly window?: string | undefined
}

/** How long the rows are: a step, or one of the view's windows. */
function readLength(view: View, { key: keys, step, window: name }: Length): Pick<ParsedQuery, 'step' | 'window'> {
  if (name === undefined) return { step: readStep(view, step) }
  if (step !== undefined) throw refusal([{ name: 'window', detail: 'a window has a length of its own; leave step away' }])
  const window = readWindow(view, name)
  if (window.kind === 'session' && keys === undefined) throw refusal([{ name: 'key', detail: `must be given: ${name} tells the sessions of single keys` }])
  return { step: finestStep(view), window }
}

/** A window of the view; refuses a name that it does not have with those that it has. */
export function readWindow(view: View, name: string): Window {
  const window = view.windows.find((one) => one.name === name)
  if (window) return window
  const names = view.windows.map((one) => one.name)
  throw refusal([{ name: 'window', detail: `${JSON.stringify(name)} is none of the view ${view.name}; use ${names.join(', ')}` }])
}

function readStep(view: View, step: string | undefined): Step {
  const parsed = step === undefined ? finestStep(view) : parseStep(view, step)
  if (parsed !== undefined) return parsed
  throw refusal([{ name: 'step', detail: `${JSON.stringify(step)} does not fit the view ${view.name}; use ${allowedSteps(view)}` }])
}

function readCursor(text: string, view: View, asked: Asked): Cursor {
  const cursor = decodeCursor(text)
  if (cursor?.query === nameQuestion(view, asked)) return cursor
  const detail = cursor ? 'belongs to another question' : 'is not one that this API gave out'
  throw refusal([{ name: 'cursor', detail: `${detail}; start again without it` }])
}

function faultsOf(issue: z.core.$ZodIssue, names: readonly string[]): Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ name: String(issue.path[0]), detail: issue.message }]
  return issue.keys.map((name) => ({ name, detail: `no such parameter; there are ${names.join(', ')}` }))
}
