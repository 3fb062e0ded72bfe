import { TwofoldError } from '@twofold/core/errors.ts'
import { expect, test } from 'vitest'
import { toLogJson } from './log-json.ts'

const written = (record: Record<string, unknown>) => JSON.parse(toLogJson(record, ['msg']))

test('an error is written with its code, message, stack and the chain of its causes', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const error = new TwofoldError('STORE_UNAVAILABLE', 'no store at mysql://u:hush@db/x', { cause: refused })
  expect(written({ msg: 'x', error }).error).toEqual({
    name: 'TwofoldError',
    code: 'STORE_UNAVAILABLE',
    message: 'no store at mysql://u:***@db/x',
    stack: expect.stringContaining('log-json.test.ts'),
    cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED', stack: expect.any(String) },
  })
})

test('causes that go in a circle, and causes that are no errors, are written', () => {
  const error = new Error('round')
  error.cause = error
  expect(JSON.stringify(written({ error })).match(/"message":"round"/g)).toHaveLength(9)
  expect(written({ error: new Error('odd', { cause: 'a text' }) }).error.cause).toBe('a text')
})

test('the errors behind one that gathers several are written', () => {
  const error = new AggregateError([Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })])
  expect(written({ error }).error).toMatchObject({ message: '', errors: [{ code: 'ECONNREFUSED', message: 'refused' }] })
})

test('a line stays one line, whatever is in it', () => {
  const line = toLogJson({ msg: 'a\nb\u001b[31m\u0000', size: 12n }, ['msg'])
  expect(line).toBe('{"msg":"a\\nb\\u001b[31m\\u0000","size":"12"}')
})

test('fields that are no JSON are left out, and the line says why', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(written({ msg: 'x', circle })).toEqual({ msg: 'x', unwritable: expect.stringContaining('circular') })
})
