import kafkajs, { type KafkaConfig } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { StoreSecurity } from '../store-security.ts'
import { type KafkaLogger, type LogSpy, toLogCreator } from './logging.ts'

/** What a `kafka://` URL says. Times in milliseconds. */
export interface KafkaSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls: boolean
  /** How long the group waits for a member that is silent, before it gives its partitions to others. */
  readonly sessionTimeoutMs: number
  /** How long an append may take altogether, with its retries. */
  readonly appendTimeoutMs: number
  readonly security?: StoreSecurity
}

const readers: Readonly<Record<string, (text: string) => Partial<KafkaSettings>>> = {
  clientId: (clientId) => ({ clientId }),
  tls: (text) => ({ tls: oneOf(text, ['true', 'false']) === 'true' }),
  sessionTimeoutMs: (text) => ({ sessionTimeoutMs: milliseconds(text) }),
  appendTimeoutMs: (text) => ({ appendTimeoutMs: milliseconds(text) }),
}

const defaults = { clientId: 'twofold', tls: false, sessionTimeoutMs: 10_000, appendTimeoutMs: 10_000 }

/**
 * Parses `kafka://host:port,host2:port?clientId=..&tls=true&sessionTimeoutMs=..&appendTimeoutMs=..`; the port is 9092
 * unless given. Throws INVALID_CONFIG. (`URL` can't: it knows one host only.)
 */
export function parseKafkaUrl(url: string): KafkaSettings {
  const [, hosts, query] = /^kafka:\/\/([^/?#@]+)\/?(?:\?([^#]*))?$/.exec(url) ?? []
  if (hosts === undefined) throw invalid('expected kafka://host:port,host:port?name=value')
  const brokers = hosts.split(',').map(withPort)
  let settings: KafkaSettings = { ...defaults, brokers }
  for (const [name, text] of new URLSearchParams(query)) {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!read) throw invalid(`"${name}" is unknown, known are ${Object.keys(readers).join(', ')}`)
    settings = { ...settings, ...read(text) }
  }
  return settings
}

function withPort(host: string): string {
  if (!/^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i.test(host)) throw invalid(`"${host}" is not host:port`)
  return /:\d+$/.test(host) ? host : `${host}:9092`
}

function milliseconds(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalid(`"${text}" is not a time-out in milliseconds`)
  return Number(text)
}

function oneOf(text: string, choices: readonly string[]): string {
  if (!choices.includes(text)) throw invalid(`"${text}" is none of ${choices.join(', ')}`)
  return text
}

function invalid(reason: string): TwofoldError {
  return new TwofoldError('INVALID_CONFIG', `the URL of the event log: ${reason}`)
}

/**
 * What kafkajs needs to know. Its own retries are few and quick: the callers here have deadlines and begin again
 * themselves. A request that hangs is given up after ten seconds, so that nothing hangs longer than that.
 */
export function toClientConfig(settings: KafkaSettings, logger: KafkaLogger, spy?: LogSpy): KafkaConfig {
  return {
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...securityOf(settings),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: () => Promise.resolve(false) },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: toLogCreator(logger, spy),
  }
}

/** Certificates are verified, and the host's name with them. Said aloud: by default Node would ask its environment. */
function securityOf({ tls, security = {} }: KafkaSettings): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const { ca, ...certificate } = security.tls ?? {}
  const verified = { rejectUnauthorized: true }
  const ssl = security.tls ? { ...certificate, ...(ca !== undefined && { ca: [ca] }), ...verified } : tls && verified
  const { sasl: mechanism, credentials } = security
  return { ssl, ...(mechanism && credentials && { sasl: { mechanism, ...credentials } as NonNullable<KafkaConfig['sasl']> }) }
}
