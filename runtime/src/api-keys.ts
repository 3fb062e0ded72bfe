import { hash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** `ingest`: events may be sent; `read`: views may be read and listened to; `admin`: what the process says of itself. */
export const scopes = ['ingest', 'read', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** What is stored of a key. Its secret is not: only the SHA-256 of it, which is enough for 256 random bits. */
export interface ApiKey {
  /** Names the client; two keys of one client, an old and a new one, may share it. */
  readonly id: string
  readonly scopes: ReadonlySet<Scope>
  readonly hash: Buffer
}

const idPattern = /^[A-Za-z0-9_-]{1,64}$/
const form = `<id>:<scope>+<scope>:<sha256 of the secret in hex>, scopes ${scopes.join(', ')}`

/** Entries `<id>:<scope>+<scope>:<sha256 hex>`, one a line or separated by commas. No fault repeats what was written. */
export const apiKeyList = z.string().transform((text, context): readonly ApiKey[] => {
  const entries = text.split(/[\n,]/).map((entry) => entry.trim()).filter((entry) => entry !== '')
  if (text !== '' && entries.length === 0) context.addIssue({ code: 'custom', message: `holds no entry: expected ${form}` })
  return entries.flatMap((entry, index) => {
    const key = parseEntry(entry)
    if (!key) context.addIssue({ code: 'custom', message: `entry ${index + 1}: expected ${form}` })
    return key ?? []
  })
})

function parseEntry(entry: string): ApiKey | undefined {
  const [id = '', names = '', digest = '', ...rest] = entry.split(':')
  const given = names.split('+')
  const isWhole = idPattern.test(id) && given.every(isScope) && /^[0-9a-f]{64}$/i.test(digest) && rest.length === 0
  return isWhole ? { id, scopes: new Set(given.filter(isScope)), hash: Buffer.from(digest, 'hex') } : undefined
}

function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text)
}

/** The keys that are live. A client shows one as `<id>.<secret>`. */
export interface Keyring {
  readonly isEmpty: boolean
  /** The key that was shown, in a time that does not tell how much of it was right. */
  find(shown: string): ApiKey | undefined
  /** Whether a live key stands somewhere in the text. */
  isWithin(text: string): boolean
}

/** Fits no secret: what an unknown id is compared with, so that it takes as long as a known one. */
const nobody: ApiKey = { id: '', scopes: new Set(), hash: Buffer.alloc(32) }
const maxLooks = 16

export function createKeyring(keys: readonly ApiKey[]): Keyring {
  const byId = Map.groupBy(keys, ({ id }) => id)
  const find = (shown: string): ApiKey | undefined => {
    const dot = shown.indexOf('.')
    const digest = hash('sha256', shown.slice(dot + 1), 'buffer')
    let found: ApiKey | undefined
    for (const key of byId.get(shown.slice(0, Math.max(dot, 0))) ?? [nobody]) {
      if (timingSafeEqual(key.hash, digest) && key !== nobody) found = key
    }
    return found
  }
  const isAt = (text: string, start: number): boolean => find(/^[^&/?#\s]*/.exec(text.slice(start, start + 512))![0]) !== undefined
  return {
    isEmpty: keys.length === 0,
    find,
    isWithin: (text) => [...byId.keys()].some((id) => placesOf(text, `${id}.`).some((start) => isAt(text, start))),
  }
}

/** So few that a text made of nothing else costs nothing either. */
function placesOf(text: string, part: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(part); at >= 0 && places.length < maxLooks; at = text.indexOf(part, at + 1)) places.push(at)
  return places
}
