import { TwofoldError } from '@twofold/core/errors.ts'

/** What a `cassandra://` URL says. */
export interface CassandraAddress {
  /** Each `host` or `host:port`. */
  readonly contactPoints: readonly string[]
  readonly credentials?: { readonly username: string; readonly password: string }
  readonly keyspace: string
  /** The data centre whose nodes are asked; that of the first node to answer when absent. */
  readonly dataCenter?: string
  /** Copies of each row in that data centre; used only when the keyspace has to be made. */
  readonly replication: number
}

const shape = /^cassandra:\/\/(?:([^:@/]*):([^@/]*)@)?([^@/?#]+)\/([^/?#]*)(?:\?([^#]*))?$/
const host = /^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i

/**
 * Parses `cassandra://user:password@host1,host2:9042/keyspace?dc=datacenter1&replication=3`. Only hosts and keyspace
 * are needed; user and password are percent-encoded. Throws INVALID_CONFIG, without repeating the URL.
 */
export function parseCassandraAddress(url: string): CassandraAddress {
  const [, username, password = '', hosts = '', keyspace = '', search = ''] = shape.exec(url) ?? []
  const contactPoints = hosts.split(',')
  demand(contactPoints.every((one) => host.test(one)), 'write cassandra://user:password@host1,host2:9042/keyspace')
  demand(/^[a-z][a-z0-9_]{0,47}$/.test(keyspace), 'a keyspace is lower-case letters, digits and _, 48 at most')
  const place = { contactPoints, keyspace, ...parseParameters(search) }
  if (username === undefined) return place
  return { ...place, credentials: { username: decode(username), password: decode(password) } }
}

function parseParameters(search: string): Pick<CassandraAddress, 'dataCenter' | 'replication'> {
  const { dc: dataCenter, replication = '1', ...unknown } = Object.fromEntries(new URLSearchParams(search))
  demand(Object.keys(unknown).length === 0, `unknown parameters: ${Object.keys(unknown).join(', ')}`)
  demand(/^[1-9]\d?$/.test(replication), 'replication is a whole number from 1 to 99')
  if (dataCenter === undefined) return { replication: Number(replication) }
  demand(/^[\w.-]+$/.test(dataCenter), 'dc is letters, digits, _, . and -')
  return { replication: Number(replication), dataCenter }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new TwofoldError('INVALID_CONFIG', 'the Cassandra URL: user and password are percent-encoded', { cause })
  }
}

function demand(kept: boolean, rule: string): void {
  if (!kept) throw new TwofoldError('INVALID_CONFIG', `the Cassandra URL: ${rule}`)
}
