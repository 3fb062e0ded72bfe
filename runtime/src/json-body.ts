import type { IncomingMessage } from 'node:http'
import type { JsonLimits } from '@twofold/core/events/guard-json.ts'
import { parseJsonText } from './json-text.ts'
import { HttpProblem } from './problem.ts'
import { readText, type BodyLimits } from './read-body.ts'

/** A body whose lines are documents of their own, or one document. Its text is not parsed yet. */
export interface TextBody {
  readonly type: 'json' | 'ndjson'
  readonly text: string
}

/** The body of a request as a JSON value. Throws `HttpProblem`: 400, 413, 415 or 422. */
export async function readJsonBody(req: IncomingMessage, limits: BodyLimits & JsonLimits): Promise<unknown> {
  if (mediaTypeOf(req) !== 'json') throw wrongType('application/json')
  return parseJsonText(await readText(req, limits), limits)
}

/** The body of a request that may be one JSON document or NDJSON. Each line goes through `parseJsonText`. */
export async function readTextBody(req: IncomingMessage, limits: BodyLimits): Promise<TextBody> {
  const type = mediaTypeOf(req)
  if (!type) throw wrongType('application/json, application/x-ndjson')
  return { type, text: await readText(req, limits) }
}

function mediaTypeOf(req: IncomingMessage): TextBody['type'] | undefined {
  const contentType = req.headers['content-type']
  if (contentType === 'application/json') return 'json' // nearly always, and worth being quick
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';').map((part) => part.trim())
  if (parameters.some((parameter) => parameter.startsWith('charset=') && !utf8.test(parameter))) return undefined
  if (essence === 'application/x-ndjson' || essence === 'application/ndjson') return 'ndjson'
  return jsonType.test(essence) ? 'json' : undefined
}

const utf8 = /^charset="?utf-?8"?$/
const jsonType = /^application\/(?:[\w.!#$&^-]+\+)?json$/

function wrongType(accepted: string): HttpProblem {
  const detail = `the content type must be ${accepted}, in UTF-8`
  return new HttpProblem({ status: 415, detail, headers: { Accept: accepted } })
}
