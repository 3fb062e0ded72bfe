import type { View } from '@twofold/core/views/view.ts'
import { type OpenApiFragment, type OpenApiOperation, type OpenApiParameter, problemResponse } from '@twofold/runtime/openapi-document.ts'
import { row, viewAnswer } from '../answer-schemas.ts'
import { operation, parameter } from '../describe-operation.ts'
import { maxLimit } from '../parse-query.ts'
import { emojiEvents } from './create-push.ts'

const correction = {
  previous: { description: 'What was published before; null when nobody knows it any more.' },
  correctedAt: { type: 'string', format: 'date-time' },
}

const traceparent = {
  traceparent: { type: 'string', description: 'W3C trace context of the newest traced event in the change; absent where none was traced.' },
}

const corrections = {
  type: 'object',
  properties: {
    view: { type: 'string' },
    version: { type: 'integer' },
    corrections: { type: 'array', items: { type: 'object', properties: { window: { type: 'string' }, ...row, ...correction, ...traceparent } } },
  },
}

const emojiReport = {
  type: 'object',
  properties: {
    emoji: { type: 'string' },
    count: { type: 'integer' },
    windowStart: { type: 'string', format: 'date-time' },
    windowEnd: { type: 'string', format: 'date-time' },
    final: { type: 'boolean' },
    revision: { type: 'integer' },
    ...traceparent,
  },
}

const frames = 'Frames with the names `snapshot`, `change`, `correction` and `resync`; `data` is an answer of the view with the rows that changed.'
const resumes = 'The `id` of a frame is a place: a client that sends it back as `Last-Event-ID` goes on there, or gets one `resync`.'

const lastEventId: readonly OpenApiParameter[] = [
  { name: 'Last-Event-ID', in: 'header', required: false, description: 'Where to go on.', schema: { type: 'string' } },
  parameter('lastEventId', 'The same, for clients that can not set headers.', { type: 'string' }),
]

/** The part that is pushed. */
export function createPushPaths(views: readonly View[], name: OpenApiParameter, key: OpenApiParameter): OpenApiFragment['paths'] {
  const windows = [...new Set(views.flatMap((view) => view.windows.map((window) => window.name)))]
  const window = parameter('window', 'One of the view\'s windows.', { type: 'string', enum: windows })
  const rooms = parameter('rooms', 'Keys, separated by commas.', { type: 'string' })
  const limit = parameter('limit', 'How many at the most.', { type: 'integer', minimum: 1, maximum: maxLimit, default: 100 })
  const rows = { type: 'array', items: { type: 'object', properties: { ...row, ...traceparent } } }
  const pushed = { type: 'object', properties: { ...viewAnswer.properties, rows, window: { type: 'string' } } }
  return {
    '/views/{name}/stream': {
      get: stream('One view, live: a snapshot and then every change.', frames, [name, key, rooms, window, ...lastEventId], pushed),
    },
    '/views/{name}/corrections': {
      get: operation('Final windows that changed all the same, the newest first.', [name, key, window, limit], corrections),
    },
    ...(views.some((view) => view.name === emojiEvents.view)
      ? { '/events': { get: stream('How often each emoji is tapped, live.', 'Frames without a name.', lastEventId, emojiReport) } }
      : {}),
  }
}

function stream(summary: string, description: string, parameters: readonly OpenApiParameter[], data: object): OpenApiOperation {
  const content = { 'text/event-stream': { schema: { type: 'string', contentMediaType: 'application/json', contentSchema: data } } }
  const answer = { description: `${description} ${resumes}`, content }
  return { summary, parameters, responses: { 200: answer, default: problemResponse('What is wrong, or not to be had now.') } }
}
