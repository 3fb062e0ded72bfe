import type { View } from '@twofold/core/views/view.ts'
import type { OpenApiFragment, OpenApiParameter } from '@twofold/runtime/openapi-document.ts'
import { viewAnswer } from './answer-schemas.ts'
import { operation, parameter } from './describe-operation.ts'
import { maxLimit } from './parse-query.ts'
import { createPushPaths } from './push/push-openapi.ts'

const time = { oneOf: [{ type: 'string', format: 'date-time' }, { type: 'number' }] }

const rangeParameters = [
  parameter('from', 'Start of the event time, inclusive: RFC 3339, or seconds or milliseconds.', time),
  parameter('until', 'End of the event time, exclusive.', time),
  parameter('step', 'Length of a bucket, such as 2s, 1m, 1h, or all.', { type: 'string' }),
  parameter('limit', 'Longest page.', { type: 'integer', minimum: 1, maximum: maxLimit, default: 1000 }),
]

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
  const key = parameter('key', 'Only this group; may be repeated.', { type: 'array', items: { type: 'string' } })
  const windows = [...new Set(views.flatMap((view) => view.windows.map((window) => window.name)))]
  const window = parameter('window', 'One of the view\'s windows, in place of a step. Sessions need a key.', { type: 'string', enum: windows })
  const viewParameters = [name, key, ...rangeParameters, window, parameter('cursor', 'Where the page before ended.', { type: 'string' })]
  return {
    paths: {
      '/analytics': { get: operation('Longest name and growth of the users.', rangeParameters, analytics) },
      '/views': { get: operation('Every view with what its answers stand on.', [], { type: 'object' }) },
      '/views/{name}': { get: operation('One view, batch and speed results merged.', viewParameters, viewAnswer) },
      ...createPushPaths(views, name, key),
    },
  }
}
