import { expect, test } from 'vitest'
import { looksLikeKey, presentedKey } from './presented-key.ts'

test.each([
  [{ authorization: 'Bearer web.one' }, 'web.one'],
  [{ authorization: 'bearer  web.one ' }, 'web.one'],
  [{ 'x-api-key': ' web.one ' }, 'web.one'],
  [{ authorization: 'Basic dXNlcg==', 'x-api-key': 'web.one' }, 'web.one'],
  [{ authorization: 'Bearer web.one', 'x-api-key': 'web.two' }, 'web.one'],
  [{ authorization: 'Basic dXNlcg==' }, undefined],
  [{ authorization: 'Bearer' }, undefined],
  [{ authorization: 'Bearer web.one two' }, undefined],
  [{ 'x-api-key': '' }, undefined],
  [{}, undefined],
])('of %j the key is %j', (headers, key) => {
  expect(presentedKey(headers)).toBe(key)
})

const secret = `tf_${'x'.repeat(43)}`

test.each(['/views?api_key=', '/views?a=b&API-Key=1', '/views?access_token=x', '/healthz?token=x', '/views?X-Api-Key=1', `/views/web.${secret}`, `/?x=${secret}`])(
  '%s looks like a key',
  (url) => {
    expect(looksLikeKey(url)).toBe(true)
  },
)

test.each(['/views/user-count?key=a&key=b', '/views?cursor=', `/views?cursor=abc${secret}abc`, '/api_key', '/views?tokens=3', '/analytics?from=1'])(
  '%s does not',
  (url) => {
    expect(looksLikeKey(url)).toBe(false)
  },
)
