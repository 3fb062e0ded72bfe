import { readFileSync } from 'node:fs'
import { TwofoldError } from '@twofold/core/errors.ts'

/** How to prove who is who to a store. Without it: no TLS, and the credentials of the URL. */
export interface StoreSecurity {
  /** Speak TLS, and refuse a server whose certificate does not hold. PEM texts; without `ca` the well-known authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly credentials?: { readonly username: string; readonly password: string }
  /** How Kafka is told the credentials. */
  readonly sasl?: Sasl
}

export type Sasl = 'plain' | 'scram-sha-256' | 'scram-sha-512'

/** What the variables `<name>_TLS`, `<name>_CA_FILE` and so on hold. */
export type SecurityConfig<Name extends string> = { readonly [Key in `${Name}_TLS`]?: boolean } & {
  readonly [Key in `${Name}_${'CA_FILE' | 'CERT_FILE' | 'KEY_FILE' | 'USERNAME' | 'PASSWORD'}`]?: string | undefined
} & { readonly [Key in `${Name}_SASL`]?: Sasl | undefined }

/** Reads the files that the settings name. Throws INVALID_CONFIG for one that can't be read. */
export function readSecurity<Name extends string>(name: Name, config: SecurityConfig<Name>): StoreSecurity {
  const settings = config as Readonly<Record<string, unknown>>
  const text = (part: string): string | undefined => settings[`${name}_${part}`] as string | undefined
  const file = (part: string): string | undefined => readPem(`${name}_${part}`, text(part))
  const [username, sasl] = [text('USERNAME'), text('SASL') as Sasl | undefined]
  return {
    ...(settings[`${name}_TLS`] === true && { tls: dropUndefined({ ca: file('CA_FILE'), cert: file('CERT_FILE'), key: file('KEY_FILE') }) }),
    ...(username !== undefined && { credentials: { username, password: text('PASSWORD') ?? '' } }),
    ...(sasl !== undefined && { sasl }),
  }
}

function readPem(variable: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new TwofoldError('INVALID_CONFIG', `${variable} names a file that can't be read`)
  }
}

function dropUndefined(texts: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
