import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { apiKeyList, createKeyring } from './api-keys.ts'

const entry = (id: string, scopes: string, secret: string): string => `${id}:${scopes}:${hash('sha256', secret)}`
const ringOf = (...entries: string[]) => createKeyring(apiKeyList.parse(entries.join('\n')))

test('entries stand on lines or between commas, and what is stored is not the secret', () => {
  const text = `${entry('web', 'ingest+read', 'one')}, ${entry('ops', 'admin', 'two')}\n\n  ${entry('bot', 'read', 'three')}\n`
  const keys = apiKeyList.parse(text)
  expect(keys.map(({ id, scopes }) => [id, [...scopes]])).toEqual([['web', ['ingest', 'read']], ['ops', ['admin']], ['bot', ['read']]])
  expect(JSON.stringify(keys)).not.toContain('one')
  expect(apiKeyList.parse('')).toEqual([])
})

test.each([' ', ', ,', '\n'])('%j is no list without keys: somebody meant to set some', (text) => {
  expect(apiKeyList.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/^holds no entry/)])
})

test.each([
  'web', 'web:read', 'web:read:abc', `web::${hash('sha256', 'x')}`, `web:write:${hash('sha256', 'x')}`, `web:read+:${hash('sha256', 'x')}`,
  `w.b:read:${hash('sha256', 'x')}`, `:read:${hash('sha256', 'x')}`, `web:read:${hash('sha256', 'x')}:more`, 'web.the-secret-itself',
])('%j is refused with its place and without its text', (wrong) => {
  const { error } = apiKeyList.safeParse(`${entry('ok', 'read', 'x')}\n${wrong}`)
  expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/^entry 2: expected <id>:/)])
  expect(error?.message).not.toContain(wrong)
})

describe('a keyring', () => {
  test('knows a key by id and secret together', () => {
    const ring = ringOf(entry('web', 'read', 'one'), entry('bot', 'ingest', 'two'))
    expect(ring.find('web.one')?.id).toBe('web')
    for (const shown of ['web.two', 'bot.one', 'web', 'web.', '.one', 'one', '', 'nobody.one', '.']) expect([shown, ring.find(shown)]).toEqual([shown, undefined])
  })

  test('knows the old and the new key of one client while both are live', () => {
    const ring = ringOf(entry('web', 'read', 'old'), entry('web', 'read+ingest', 'new'))
    expect([...ring.find('web.old')!.scopes]).toEqual(['read'])
    expect([...ring.find('web.new')!.scopes]).toEqual(['read', 'ingest'])
  })

  test('a secret may have dots in it', () => {
    expect(ringOf(entry('web', 'read', 'a.b.c')).find('web.a.b.c')?.id).toBe('web')
  })

  test('finds a live key within a text, and nothing where there is none', () => {
    const ring = ringOf(entry('web', 'read', 'one'), entry('v', 'read', 'two'))
    for (const text of ['/x?k=web.one', '/x?k=web.one&y=1', '/a/web.one/b', 'web.web.one']) expect([text, ring.isWithin(text)]).toEqual([text, true])
    for (const text of ['/x?k=web.on', '/web.ones', '/views', 'web.', '']) expect([text, ring.isWithin(text)]).toEqual([text, false])
  })
})
