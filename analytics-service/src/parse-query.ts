import { createHash } from 'node:crypto'
import { jsonPointer } from '@twofold/core/events/json-pointer.ts'
import { timestamp } from '@twofold/core/events/fields.ts'
import type { Step } from '@twofold/core/serving/merge-rows.ts'
import { allowedSteps, finestStep, parseStep } from '@twofold/core/serving/steps.ts'
import type { View } from '@twofold/core/views/view.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import { z } from 'zod'
import { type Cursor, decodeCursor } from './cursor.ts'

/** What a reader asked of a view. Times in milliseconds, half-open. */
export interface ParsedQuery {
  readonly keys?: readonly string[]
  readonly from?: number
  readonly until?: number
  readonly step: Step
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
    step: readStep(view, parsed.step),
  }
  return { ...asked, limit: parsed.limit, ...(cursor === undefined ? {} : { cursor: readCursor(cursor, view, asked) }) }
}

/** Reads the parameters of any route, and no others. Throws a problem (422) that names every one that is wrong. */
export function parseParameters<Schema extends z.ZodObject>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.strict().safeParse({ ...(query as object) })
  if (parsed.success) return parsed.data as z.output<Schema>
  throw refusal(parsed.error.issues.flatMap((issue) => faultsOf(issue, Object.keys(schema.shape))))
}

type Asked = Pick<ParsedQuery, 'keys' | 'from' | 'until' | 'step'>

/** Names a question, whatever the length of its pages. */
export function nameQuestion({ name, version }: View, { keys, from, until, step }: Asked): string {
  return createHash('sha256').update(JSON.stringify([name, version, keys, from, until, step])).digest('base64url').slice(0, 12)
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
