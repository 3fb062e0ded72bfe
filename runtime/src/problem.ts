import { STATUS_CODES } from 'node:http'
import { isTwofoldError, type ErrorCode, type TwofoldError } from '@twofold/core/errors.ts'
import type { Response } from 'express'
import type { z } from 'zod'
import { jsonPointer } from '@twofold/core/events/json-pointer.ts'

/** Where in the request something is wrong: a JSON pointer (RFC 6901), `''` for the whole. */
export interface ProblemPart {
  readonly pointer: string
  readonly detail: string
}

export interface ProblemFields {
  readonly status: number
  readonly detail?: string | undefined
  readonly title?: string | undefined
  readonly type?: string | undefined
  readonly instance?: string | undefined
  readonly errors?: readonly ProblemPart[] | undefined
  /** Members beside the standard ones, such as the id of an event that may have been stored. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Why this is refused for safety: it is counted and logged, and not sent. */
  readonly refusal?: string | undefined
}

/** Thrown by a route to answer with this problem. What is in it is seen by the client. */
export class HttpProblem extends Error {
  readonly fields: ProblemFields

  constructor(fields: ProblemFields, options?: { cause?: unknown }) {
    super(fields.detail ?? STATUS_CODES[fields.status] ?? 'Problem', options)
    this.name = 'HttpProblem'
    this.fields = fields
  }
}

interface Translation {
  readonly status: number
  readonly retryAfterSeconds?: number
}

/** The only place where a code becomes a status. A code that is not here is a fault of ours. */
const translations: Partial<Record<ErrorCode, Translation>> = {
  INVALID_EVENT: { status: 422 },
  INVALID_QUERY: { status: 422 },
  LIMIT_EXCEEDED: { status: 413 },
  QUEUE_FULL: { status: 429, retryAfterSeconds: 1 },
  LOG_UNAVAILABLE: { status: 503, retryAfterSeconds: 2 },
  STORE_UNAVAILABLE: { status: 503, retryAfterSeconds: 2 },
  UNKNOWN_VIEW: { status: 404 },
  RUN_GONE: { status: 410 },
}

/** The problem that any thrown value answers with; what is not meant for clients becomes a bare 500. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (isTwofoldError(error)) return problemOfCode(error)
  const status = clientFault(error)
  const detail = status === 500 ? 'the request failed for a reason of ours; it is logged' : 'the request is malformed'
  return new HttpProblem({ status, detail }, { cause: error })
}

function problemOfCode(error: TwofoldError): HttpProblem {
  const translation = translations[error.code]
  if (!translation) return problemOf(new Error(error.message, { cause: error }))
  const { status, retryAfterSeconds } = translation
  // A refusal is written for the client; the words of a driver that failed are not.
  const detail = status === 503 ? 'a part of the system can not be reached; try again' : error.message
  const headers = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }
  return new HttpProblem({ status, detail, headers, extensions: { code: error.code } }, { cause: error })
}

/** Express marks what it refuses itself, such as `%` in a path that is no escape, with a status. */
function clientFault(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}

/** 422, with a pointer for every issue. `base` is the pointer of the value that was parsed. */
export function problemFromZod(error: z.ZodError, base = ''): HttpProblem {
  const errors = error.issues.flatMap((issue) => partsOf(issue, base))
  return new HttpProblem({ status: 422, detail: 'the request is not valid', errors }, { cause: error })
}

function partsOf(issue: z.core.$ZodIssue, base: string): ProblemPart[] {
  const pointer = base + jsonPointer(issue.path)
  if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }]
  return issue.keys.map((key) => ({ pointer: pointer + jsonPointer([key]), detail: 'this member is not known' }))
}

/** Answers with `application/problem+json` (RFC 9457). Does nothing but close when an answer has already begun. */
export function sendProblem(res: Response, problem: HttpProblem | ProblemFields): void {
  if (res.headersSent) return void res.destroy()
  const fields = problem instanceof HttpProblem ? problem.fields : problem
  res.status(fields.status).set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...fields.headers })
  res.set('Content-Type', 'application/problem+json').end(JSON.stringify(problemBody(fields, res.req.originalUrl)))
}

/** The members of a problem; also for a place that answers without HTTP, such as one item of a batch. */
export function problemBody(fields: ProblemFields, url?: string): Record<string, unknown> {
  const { status, detail, errors, extensions } = fields
  const title = fields.title ?? STATUS_CODES[status] ?? 'Problem'
  const instance = fields.instance ?? url?.replace(/\?.*$/s, '')
  return { type: fields.type ?? 'about:blank', title, status, detail, instance, errors, ...extensions }
}
