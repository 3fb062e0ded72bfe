import type { AnyEventType } from '@twofold/core/events/event.ts'
import {
  problemResponse,
  type JsonSchema,
  type OpenApiFragment,
  type OpenApiOperation,
  type OpenApiParameter,
  type OpenApiResponse,
} from '@twofold/runtime/openapi-document.ts'
import { z } from 'zod'

/** The routes of ingest, described from the schemas that validate. Throws if one of them has no JSON schema. */
export function createIngestPaths(events: readonly AnyEventType[]): OpenApiFragment {
  const described = events.map(describe)
  const paths = Object.fromEntries(described.flatMap(({ single, plural }) => [single, plural]))
  return { paths, components: { schemas: Object.fromEntries(described.map(({ schema }) => schema)) } }
}

interface ObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

type Path = [string, Record<string, OpenApiOperation>]

function describe(type: AnyEventType): { single: Path; plural: Path; schema: [string, JsonSchema] } {
  const { $schema: _, ...schema } = z.toJSONSchema(type.schema, { io: 'input' }) as ObjectSchema
  const name = type.topic.replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase())
  const { single, plural } = type.routes
  return {
    single: [single.replaceAll(/:(\w+)/g, '{$1}'), { post: describeSingle(type, name, schema) }],
    plural: [plural, { post: describePlural(type, name) }],
    schema: [name, { ...schema, description: type.description }],
  }
}

function describeSingle(type: AnyEventType, name: string, schema: ObjectSchema): OpenApiOperation {
  const names = [...type.routes.single.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter!)
  const body = names.length === 0 ? reference(name) : withoutMembers(schema, names)
  return {
    summary: type.description,
    description: 'Answered once the event log has it. Sent again with its id it is counted once and answered alike.',
    tags: [type.topic],
    parameters: [...names.map((parameter) => pathParameter(parameter, schema)), traceparent],
    requestBody: { required: type.routes.bodyOptional !== true, content: { 'application/json': { schema: body } } },
    responses: { 202: acknowledged, ...refusals, 429: queueFull, 503: notAcknowledged },
  }
}

function describePlural(type: AnyEventType, name: string): OpenApiOperation {
  const content = {
    'application/json': { schema: { type: 'array', minItems: 1, items: reference(name) } },
    'application/x-ndjson': { schema: { type: 'string', description: `One ${name} a line.` } },
  }
  return {
    summary: `${type.description} Many at once.`,
    description: 'Each event gets its own result, in the order sent and with the status it would have had alone.',
    tags: [type.topic],
    parameters: [traceparent],
    requestBody: { required: true, content },
    responses: { 200: { description: 'A result for each event.', content: json(results) }, ...refusals },
  }
}

const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: JsonSchema) => ({ 'application/json': { schema } })
const id: JsonSchema = { type: 'string' }
const status: JsonSchema = { type: 'integer' }

const acknowledged: OpenApiResponse = {
  description: 'The event log has the event. The id is the one sent, or else a new one.',
  content: json({ type: 'object', properties: { id }, required: ['id'] }),
}

const results: JsonSchema = {
  type: 'object',
  properties: {
    results: {
      type: 'array',
      items: {
        anyOf: [
          { type: 'object', properties: { id, status: { const: 202 } }, required: ['id', 'status'] },
          { allOf: [reference('Problem'), { type: 'object', properties: { id, status } }] },
        ],
      },
    },
  },
  required: ['results'],
}

const refusals = {
  400: problemResponse('The body is empty, cut off, or no JSON in UTF-8. Nothing was stored.'),
  413: problemResponse('The body is too large. Nothing was stored.'),
  415: problemResponse('The content type or encoding is not one that is read. Nothing was stored.'),
  422: problemResponse('The event is not valid; `errors` says where. Nothing was stored.'),
}

const retryAfter = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } }
const queueFull = { ...problemResponse('Too many requests are waiting. Nothing was stored.'), headers: retryAfter }
const notAcknowledged = {
  ...problemResponse('The event log did not answer. The event may be stored: send it again with the `id` given here.'),
  headers: retryAfter,
}

const traceparent: OpenApiParameter = {
  name: 'traceparent',
  in: 'header',
  description: 'W3C trace context. A sampled one goes with the event, through the log, up to what is pushed.',
  schema: { type: 'string' },
}

function pathParameter(name: string, { properties }: ObjectSchema): OpenApiParameter {
  return { name, in: 'path', required: true, schema: properties[name] ?? {} }
}

/** Members that the path names may be left out of the body. */
function withoutMembers(schema: ObjectSchema, names: readonly string[]): JsonSchema {
  return { ...schema, required: (schema.required ?? []).filter((name) => !names.includes(name)) }
}
