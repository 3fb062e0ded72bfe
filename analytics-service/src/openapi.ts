import type { View } from '@twofold/core/views/view.ts'
import { type JsonSchema, type OpenApiFragment, type OpenApiOperation, type OpenApiParameter, problemResponse } from '@twofold/runtime/openapi-document.ts'
import { maxLimit } from './parse-query.ts'

const time = { oneOf: [{ type: 'string', format: 'date-time' }, { type: 'number' }] }
const nullableTime = { type: ['string', 'null'], format: 'date-time' }

const rangeParameters = [
  parameter('from', 'Start of the event time, inclusive: RFC 3339, or seconds or milliseconds.', time),
  parameter('until', 'End of the event time, exclusive.', time),
  parameter('step', 'Length of a bucket, such as 2s, 1m, 1h, or all.', { type: 'string' }),
  parameter('limit', 'Longest page.', { type: 'integer', minimum: 1, maximum: maxLimit, default: 1000 }),
]

const provenance = {
  asOf: {
    type: 'object',
    properties: {
      boundary: { ...nullableTime, description: 'The batch view holds every slice before it; null before the first run.' },
      run: { type: ['integer', 'null'] },
      appendedAt: { ...nullableTime, description: 'Newest appended time that the speed layer has folded.' },
      positions: { type: 'object', additionalProperties: { type: 'integer' }, description: 'Next offset by partition.' },
      lagMs: { type: ['integer', 'null'] },
    },
  },
  complete: { type: 'boolean' },
  missing: { type: 'array', items: { type: 'string' }, description: 'What is missing from the answer, in words.' },
}

const viewAnswer = {
  type: 'object',
  properties: {
    view: { type: 'string' },
    version: { type: 'integer' },
    ...provenance,
    rows: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          key: { type: 'string' },
          from: nullableTime,
          until: nullableTime,
          value: {},
          final: { type: 'boolean' },
          revision: { type: 'integer' },
        },
      },
    },
    next: { type: ['string', 'null'], description: 'Give it back as `cursor` for the next page.' },
  },
}

const analytics = {
  type: 'object',
  properties: {
    longestNameUser: { type: ['object', 'null'], properties: { id: { type: 'string' }, name: { type: 'string' } } },
    userCount: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: { type: 'string' }, time: { type: 'string', format: 'date-time' }, userCount: { type: 'integer' } },
      },
    },
  },
}

/** The serving layer's part of the OpenAPI document. */
export function createAnalyticsPaths(views: readonly View[]): OpenApiFragment {
  const name: OpenApiParameter = { name: 'name', in: 'path', required: true, schema: { type: 'string', enum: views.map((view) => view.name) } }
  const viewParameters = [
    name,
    parameter('key', 'Only this group; may be repeated.', { type: 'array', items: { type: 'string' } }),
    ...rangeParameters,
    parameter('cursor', 'Where the page before ended.', { type: 'string' }),
  ]
  return {
    paths: {
      '/analytics': { get: operation('Longest name and growth of the users.', rangeParameters, analytics) },
      '/views': { get: operation('Every view with what its answers stand on.', [], { type: 'object' }) },
      '/views/{name}': { get: operation('One view, batch and speed results merged.', viewParameters, viewAnswer) },
    },
  }
}

function parameter(name: string, description: string, schema: JsonSchema): OpenApiParameter {
  return { name, in: 'query', required: false, description, schema }
}

function operation(summary: string, parameters: readonly OpenApiParameter[], schema: JsonSchema): OpenApiOperation {
  const answer = { description: 'The answer.', content: { 'application/json': { schema } } }
  return { summary, parameters, responses: { 200: answer, default: problemResponse('What is wrong, or not to be had now.') } }
}
