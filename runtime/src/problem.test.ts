import { TwofoldError, errorCodes, type ErrorCode } from '@twofold/core/errors.ts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { HttpProblem, problemBody, problemFromZod, problemOf } from './problem.ts'

const statuses: Partial<Record<ErrorCode, number>> = {
  INVALID_EVENT: 422,
  INVALID_QUERY: 422,
  LIMIT_EXCEEDED: 413,
  QUEUE_FULL: 429,
  LOG_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  UNKNOWN_VIEW: 404,
  RUN_GONE: 410,
}

test.each(errorCodes)('%s has its status', (code) => {
  const { fields } = problemOf(new TwofoldError(code, 'words'))
  expect(fields.status).toBe(statuses[code] ?? 500)
  const isRetriable = [429, 503].includes(fields.status)
  expect('Retry-After' in (fields.headers ?? {})).toBe(isRetriable)
})

test('a refusal keeps its words and its code, a failure of ours does not show them', () => {
  expect(problemOf(new TwofoldError('INVALID_QUERY', 'step is odd')).fields).toMatchObject({
    detail: 'step is odd',
    extensions: { code: 'INVALID_QUERY' },
  })
  const place = 'at 10.0.0.7'
  for (const error of [new TwofoldError('STORE_UNAVAILABLE', place), new TwofoldError('LEASE_LOST', place), place]) {
    expect(JSON.stringify(problemOf(error).fields)).not.toContain(place)
  }
})

test('a problem has the members of RFC 9457, and extensions beside them', () => {
  const fields = { status: 503, detail: 'try again', extensions: { id: 'a1' } }
  expect(problemBody(fields, '/likes?x=1')).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'try again',
    instance: '/likes',
    id: 'a1',
  })
})

test('the issues of a schema become pointers', () => {
  const schema = z.strictObject({ user: z.object({ 'a/b': z.string() }), list: z.array(z.number()) })
  const result = schema.safeParse({ user: { 'a/b': 1 }, list: [1, 'x'], extra: true, 'more~': 1 })
  const problem = problemFromZod(result.error as z.ZodError, '/3')
  expect(problem).toBeInstanceOf(HttpProblem)
  expect(problem.fields).toMatchObject({
    status: 422,
    errors: [
      { pointer: '/3/user/a~1b', detail: expect.stringContaining('expected string') },
      { pointer: '/3/list/1', detail: expect.stringContaining('expected number') },
      { pointer: '/3/extra', detail: 'this member is not known' },
      { pointer: '/3/more~0', detail: 'this member is not known' },
    ],
  })
})
