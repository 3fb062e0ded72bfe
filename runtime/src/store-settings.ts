import { z } from 'zod'
import { trueOrFalse } from './settings-kinds.ts'

const stores = ['EVENT_LOG', 'COUNTER_STORE', 'ROW_STORE'] as const
type StoreName = (typeof stores)[number]

const text = (description: string) => z.string().optional().describe(description)
const secretText = (description: string) => z.string().optional().meta({ description, secret: true })

const parts = {
  TLS: trueOrFalse.describe('Speaks TLS to the store, and only to a server whose certificate holds.'),
  CA_FILE: text('Whose certificates are trusted, PEM; without it the well-known authorities.'),
  CERT_FILE: text('The certificate to show to a server that asks for one, PEM.'),
  KEY_FILE: text("That certificate's key, PEM."),
  USERNAME: text('Who logs in, instead of the one in the URL.'),
  PASSWORD: secretText('With which password.'),
}

type SecurityFields<Name extends string> = { [Part in keyof typeof parts as `${Name}_${Part}`]: (typeof parts)[Part] }

/** `X_TLS`, `X_CA_FILE`, `X_CERT_FILE`, `X_KEY_FILE`, `X_USERNAME` and `X_PASSWORD` of a store. */
export function securityFields<Name extends StoreName>(name: Name): SecurityFields<Name> {
  return Object.fromEntries(Object.entries(parts).map(([part, field]) => [`${name}_${part}`, field])) as SecurityFields<Name>
}

export const saslFields = {
  EVENT_LOG_SASL: z.enum(['scram-sha-512', 'scram-sha-256', 'plain']).optional().describe('How to log in to Kafka.'),
}

type Settings = Readonly<Record<string, unknown>>

/** Refuses half a certificate, half a login, and a password in plain text. Use: `schema.check(checkStoreSecurity)`. */
export const checkStoreSecurity = z.superRefine<object>(
  (config, context) => {
    const settings = config as Settings
    for (const { name, problem } of stores.flatMap((store) => faultsOf(store, settings)).concat(saslFaults(settings))) {
      context.addIssue({ code: 'custom', path: [name], message: problem })
    }
  },
  { when: () => true },
)

interface Fault {
  readonly name: string
  readonly problem: string
}

function faultsOf(store: StoreName, settings: Settings): Fault[] {
  const needs = (part: string, other: string): Fault[] => {
    const [name, needed] = [`${store}_${part}`, `${store}_${other}`]
    return settings[name] && !settings[needed] ? [{ name: needed, problem: `is required with ${name}` }] : []
  }
  return [
    ...needs('CA_FILE', 'TLS'),
    ...needs('CERT_FILE', 'TLS'),
    ...needs('CERT_FILE', 'KEY_FILE'),
    ...needs('KEY_FILE', 'CERT_FILE'),
    ...needs('PASSWORD', 'USERNAME'),
  ]
}

function saslFaults(settings: Settings): Fault[] {
  const { EVENT_LOG_SASL: sasl, EVENT_LOG_USERNAME: user, EVENT_LOG_PASSWORD: password, EVENT_LOG_TLS: tls } = settings
  if (!sasl) return user ? [{ name: 'EVENT_LOG_SASL', problem: 'is required with EVENT_LOG_USERNAME' }] : []
  const missing = [['EVENT_LOG_USERNAME', user], ['EVENT_LOG_PASSWORD', password]].filter(([, value]) => !value)
  const faults = missing.map(([name]) => ({ name: String(name), problem: 'is required with EVENT_LOG_SASL' }))
  if (sasl !== 'plain' || tls) return faults
  return [...faults, { name: 'EVENT_LOG_TLS', problem: 'plain sends the password as it is: set it to true, or use scram-sha-512' }]
}
