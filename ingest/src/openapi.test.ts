import { events } from '@twofold/core/events/index.ts'
import { mergeOpenApi } from '@twofold/runtime/openapi-document.ts'
import { expect, test } from 'vitest'
import { createIngestPaths } from './openapi.ts'

const fragment = createIngestPaths(events)

test('every event type has its two operations and its schema', () => {
  const paths = events.flatMap(({ routes }) => [routes.single.replace(':video_id', '{video_id}'), routes.plural])
  expect(Object.keys(fragment.paths)).toEqual(paths)
  expect(Object.keys(fragment.components?.schemas ?? {})).toEqual(['User', 'Reaction', 'Like', 'MessageSignRequest'])
})

test('the schema says what a client may send, also where it is turned into something else', () => {
  expect(fragment.components?.schemas?.['Reaction']).toMatchObject({
    type: 'object',
    properties: {
      user_id: { anyOf: [{ type: 'string', maxLength: 128 }, { type: 'integer' }] },
      emoji: { type: 'string', minLength: 1, maxLength: 64 },
      timestamp: { anyOf: [{ format: 'date-time' }, { type: 'number' }] },
    },
    required: ['user_id', 'emoji'],
  })
})

test('what the path names need not be in the body', () => {
  const { parameters, requestBody } = fragment.paths['/videos/{video_id}/likes']!['post']!
  expect(parameters?.[0]).toEqual(
    { name: 'video_id', in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: 128 } })
  expect(requestBody).toMatchObject({ required: false, content: { 'application/json': { schema: { required: [] } } } })
})

test('every answer that ingest gives is described, and every reference leads somewhere', () => {
  const { responses } = fragment.paths['/reaction']!['post']!
  expect(Object.keys(responses)).toEqual(['202', '400', '413', '415', '422', '429', '503'])
  const document = mergeOpenApi({ title: 't', version: '1', fragments: [fragment] })
  const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)
  const names = new Set([...references].map(([, name]) => name))
  expect([...names].filter((name) => !Object.hasOwn(document.components.schemas, name!))).toEqual([])
  expect(names.size).toBeGreaterThan(3)
})
