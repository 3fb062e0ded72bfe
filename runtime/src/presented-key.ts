import type { IncomingHttpHeaders } from 'node:http'

/** The key that a client shows: `Authorization: Bearer <key>` or `X-API-Key: <key>`. Another scheme is for somebody else. */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
  const plain = headers['x-api-key']
  return bearer ?? (typeof plain === 'string' && plain !== '' ? plain.trim() : undefined)
}

const keyName = /[?&](?:x[-_])?(?:api[-_]?key|access[-_]?token|token|authorization)(?==)/i
/** A secret as `npm run key` makes it, alone or behind an id: a cursor may have the same letters in its middle. */
const secretForm = /(?<![\w-])tf_[\w-]{43}(?![\w-])/

/** Whether something in the URL looks like a key. Live keys of another form only the keyring can tell. */
export function looksLikeKey(url: string): boolean {
  return keyName.test(url) || secretForm.test(url)
}
