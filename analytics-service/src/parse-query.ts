import { TwofoldError } from '@twofold/core/errors.ts'
import { timestamp } from '@twofold/core/events/fields.ts'
import type { Step } from '@twofold/core/serving/merge-rows.ts'
import { finestStep, parseStep } from '@twofold/core/serving/steps.ts'
import type { View } from '@twofold/core/views/view.ts'
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

const once = z.string('must be given once')
const time = once
  .transform((text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text))
  .pipe(timestamp())
  .transform((text) => Date.parse(text))
const limit = once
  .regex(/^\d{1,6}$/, 'must be a whole number')
  .transform(Number)
  .refine((value) => value >= 1 && value <= maxLimit, `must be from 1 to ${maxLimit}`)
const key = z.union([z.string().transform((value) => [value]), z.array(z.string()).max(maxKeys, `must be given at most ${maxKeys} times`)])

const querySchema = z.object({
  key: key.optional(),
  from: time.optional(),
  until: time.optional(),
  step: once.optional(),
  limit: limit.default(defaultLimit),
  cursor: once.optional(),
})

/** The names that a query may have, for whoever documents them. */
export const queryNames = Object.keys(querySchema.shape)

/** Reads the query of a view. Throws INVALID_QUERY naming every parameter that is wrong. */
export function parseQuery(view: View, query: unknown): ParsedQuery {
  const parsed = querySchema.strict().safeParse({ ...(query as object) })
  if (!parsed.success) throw new TwofoldError('INVALID_QUERY', parsed.error.issues.map(describe).join('; '))
  const { from, until, step, cursor } = parsed.data
  const keys = parsed.data.key && [...new Set(parsed.data.key)]
  if (from !== undefined && until !== undefined && from >= until) throw new TwofoldError('INVALID_QUERY', 'until: must be later than from')
  return {
    ...(keys ? { keys } : {}),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    step: step === undefined ? finestStep(view) : parseStep(view, step),
    limit: parsed.data.limit,
    ...(cursor === undefined ? {} : { cursor: decodeCursor(cursor) }),
  }
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: no such parameter; there are ${queryNames.join(', ')}`
  return `${String(issue.path[0])}: ${issue.message}`
}
