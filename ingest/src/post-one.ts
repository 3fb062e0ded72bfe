import type { AnyEventType } from '@twofold/core/events/event.ts'
import { maxEventBytes } from '@twofold/core/events/fields.ts'
import { jsonPointer } from '@twofold/core/events/json-pointer.ts'
import { readJsonBody } from '@twofold/runtime/json-body.ts'
import { HttpProblem, problemOf } from '@twofold/runtime/problem.ts'
import { activeTraceparent } from '@twofold/runtime/tracing.ts'
import type { Request, RequestHandler } from 'express'
import { acceptEvent } from './accept-event.ts'
import type { Intake } from './intake.ts'
import { problemOfAppend } from './problem-of-append.ts'

const bodyLimits = { maxBodyBytes: maxEventBytes }

/** Takes one event: 202 with its id once the log has it. */
export function postOne(intake: Intake, type: AnyEventType): RequestHandler {
  const parameters = [...type.routes.single.matchAll(/:(\w+)/g)].map(([, name]) => name!)
  return async (req, res) => {
    try {
      const input = withParameters(await readBody(req, type), req, parameters)
      const traceparent = activeTraceparent()
      const { id, record } = acceptEvent(intake, type, input, traceparent)
      await intake.append(type.topic, [record]).catch((error: unknown) => {
        throw problemOfAppend(error, id)
      })
      intake.count(type.topic, 202)
      if (traceparent !== undefined) intake.onTraced?.(type.topic, 1)
      res.statusCode = 202
      res.setHeader('Content-Type', 'application/json; charset=utf-8').end(`{"id":${JSON.stringify(id)}}`)
    } catch (error) {
      intake.count(type.topic, problemOf(error).fields.status)
      throw error
    }
  }
}

function readBody(req: Request, { routes }: AnyEventType): Promise<unknown> {
  return routes.bodyOptional && !hasBody(req) ? Promise.resolve({}) : readJsonBody(req, bodyLimits)
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The path names members of the payload; a body that names them too has to say the same. */
function withParameters(body: unknown, { params }: Request, names: readonly string[]): unknown {
  if (names.length === 0 || typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const given = body as Readonly<Record<string, unknown>>
  const different = names.filter((name) => Object.hasOwn(given, name) && given[name] !== params[name])
  if (different.length === 0) return { ...body, ...params }
  const errors = different.map((name) => ({ pointer: jsonPointer([name]), detail: 'must be what the path says' }))
  throw new HttpProblem({ status: 422, detail: 'the body and the path differ', errors })
}
