import { expect, test } from 'vitest'
import { parseJsonText } from './json-text.ts'
import { HttpProblem } from './problem.ts'

function refusal(text: string, limits = {}) {
  try {
    parseJsonText(text, limits)
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error
    return error.fields
  }
  return undefined
}

test('JSON without harm is its value', () => {
  expect(parseJsonText('{"a":[1,"b"]}')).toEqual({ a: [1, 'b'] })
})

test('text that is no JSON is a 400', () => {
  expect(refusal('{')).toMatchObject({ status: 400, detail: expect.stringContaining('the body is not JSON') })
  expect(refusal(' \n')).toMatchObject({ status: 400, detail: 'the body is empty' })
})

test('what the guard refuses is a 422 with its places', () => {
  const errors = [{ pointer: '/a/__proto__', detail: 'a member of this name is not accepted' }]
  expect(refusal('{"a":{"__proto__":1}}')).toMatchObject({ status: 422, errors })
  expect(refusal('[[[]]]', { maxDepth: 2 })).toMatchObject({ status: 422, errors: [{ pointer: '/0/0' }] })
})
