import type { IncomingHttpHeaders } from 'node:http'
import { type ApiKey, createKeyring, type Scope } from './api-keys.ts'
import { looksLikeKey, presentedKey } from './presented-key.ts'
import { HttpProblem } from './problem.ts'

/** Why somebody was not let in. */
export type AccessRefusal = 'no-key' | 'unknown-key' | 'scope' | 'key-in-url'

/** Who may do what. Without keys everybody may do everything. */
export interface Access {
  readonly isOn: boolean
  /** Whose key the headers show. */
  identify(headers: IncomingHttpHeaders): ApiKey | undefined
  /** Answers with the key that was shown. Throws `HttpProblem`: 401 without a live key, 403 naming the scope it lacks. */
  admit(shown: string | undefined, scope: Scope): ApiKey | undefined
  /** Throws `HttpProblem` (400): whoever sends a key so has shown it to every log on the way. */
  refuseKeyInUrl(url: string): void
}

export interface AccessOptions {
  readonly keys: readonly ApiKey[]
  /** Told of everybody who is refused; `id` is that of a live key. */
  readonly onRefused: (reason: AccessRefusal, fields: { readonly id?: string; readonly scope?: Scope }) => void
}

export function createAccess({ keys, onRefused }: AccessOptions): Access {
  const keyring = createKeyring(keys)
  const find = (shown: string | undefined): ApiKey | undefined => (shown === undefined ? undefined : keyring.find(shown))
  return {
    isOn: !keyring.isEmpty,
    identify: (headers) => find(presentedKey(headers)),
    admit(shown, scope) {
      if (keyring.isEmpty) return undefined
      const key = find(shown)
      if (!key) {
        onRefused(shown === undefined ? 'no-key' : 'unknown-key', { scope })
        throw unauthorized(shown !== undefined)
      }
      if (!key.scopes.has(scope)) {
        onRefused('scope', { id: key.id, scope })
        throw forbidden(scope)
      }
      return key
    },
    refuseKeyInUrl(url) {
      if (keyring.isEmpty) return
      const text = decode(url)
      if (!looksLikeKey(text) && !keyring.isWithin(text)) return
      onRefused('key-in-url', {})
      throw keyInUrl()
    },
  }
}

/** A URL whose escapes are wrong is refused later, by who reads it. */
function decode(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

const realm = 'Bearer realm="twofold"'

function unauthorized(wasShown: boolean): HttpProblem {
  const detail = wasShown ? 'this key is not known' : 'send a key: Authorization: Bearer <id>.<secret>, or X-API-Key: <id>.<secret>'
  return new HttpProblem({ status: 401, detail, headers: { 'WWW-Authenticate': wasShown ? `${realm}, error="invalid_token"` : realm } })
}

function forbidden(scope: Scope): HttpProblem {
  const headers = { 'WWW-Authenticate': `${realm}, error="insufficient_scope", scope="${scope}"` }
  return new HttpProblem({ status: 403, detail: `this key lacks the scope ${scope}`, headers, extensions: { scope } })
}

/** Without the path: it may be where the key stood. */
function keyInUrl(): HttpProblem {
  const detail = 'a key does not belong into a URL, where logs keep it: send it as a header, and replace it if it was real'
  return new HttpProblem({ status: 400, detail, instance: '' })
}
