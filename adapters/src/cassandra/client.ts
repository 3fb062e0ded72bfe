import { TwofoldError } from '@twofold/core/errors.ts'
import cassandra from 'cassandra-driver'
import { reasonOf } from '../explain-tls.ts'
import type { StoreSecurity } from '../store-security.ts'
import type { CassandraAddress } from './address.ts'
import { tlsOptionsOf } from './tls.ts'

const { errors, policies, types } = cassandra

export interface ClientSettings {
  readonly address: CassandraAddress
  /** How long one request may take on one node, in milliseconds. */
  readonly timeoutMs: number
  /** Told what the driver warns of, in plain text. */
  readonly onWarning: (message: string) => void
  readonly security?: StoreSecurity
}

/** At most so many more nodes are tried after one that doesn't answer. */
const furtherNodes = 2

/** Repeats a request once or twice: every statement here may be repeated, each carries its own timestamp. */
class BoundedRetry extends policies.retry.RetryPolicy {
  override onRequestError(info: { nbRetry: number }) {
    return info.nbRetry < furtherNodes ? this.retryResult(types.consistencies.localQuorum, false) : this.rethrowResult()
  }
  override onWriteTimeout(info: { nbRetry: number }) {
    return info.nbRetry < 1 ? this.retryResult(types.consistencies.localQuorum, true) : this.rethrowResult()
  }
  override onReadTimeout = this.onWriteTimeout
}

/**
 * A client that is not connected yet. It asks the nodes of the address's data centre, or any node when it names none,
 * and finds a cluster that comes back within two seconds.
 */
export function createClient({ address, timeoutMs, onWarning, security = {} }: ClientSettings): cassandra.Client {
  const { dataCenter } = address
  const credentials = security.credentials ?? address.credentials
  const client = new cassandra.Client({
    contactPoints: [...address.contactPoints],
    ...(credentials && { credentials: { ...credentials } }),
    ...(security.tls && { sslOptions: tlsOptionsOf(security.tls, address.contactPoints) }),
    ...(dataCenter !== undefined && { localDataCenter: dataCenter }),
    policies: {
      ...(dataCenter === undefined && { loadBalancing: new policies.loadBalancing.RoundRobinPolicy() }),
      retry: new BoundedRetry(),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(100, 2000, false),
    },
    pooling: { heartBeatInterval: 5000, warmup: dataCenter !== undefined },
    socketOptions: { connectTimeout: timeoutMs, readTimeout: timeoutMs, defunctReadTimeoutThreshold: 8 },
    queryOptions: { consistency: types.consistencies.localQuorum, isIdempotent: true, prepare: true, fetchSize: 5000 },
    monitorReporting: { enabled: false },
    // What Cassandra 4 and 5 speak. By itself the driver begins with one that they refuse, and over TLS they refuse it
    // twice, the second time in a way that ends the process (seen with cassandra-driver 4.10.0 and Cassandra 5.0.9).
    protocolOptions: { maxVersion: types.protocolVersion.v4 },
  })
  client.on('log', (level: string, source: string, message: string) => {
    if (level === 'warning' || level === 'error') onWarning(`${source}: ${message}`)
  })
  return client
}

/** STORE_UNAVAILABLE for a fault of server or connection; a statement that is refused is a bug and stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof errors.DriverError) || isRefusal(error)) return error
  return new TwofoldError('STORE_UNAVAILABLE', `Cassandra: ${describe(error)}`, { cause: error })
}

/** The driver's own text for this has stack traces in it. */
function describe(error: Error): string {
  if (!(error instanceof errors.NoHostAvailableError)) return error.message
  const reasons = Object.entries<unknown>(error.innerErrors ?? {})
  const texts = reasons.map(([node, reason]) => `${node}: ${reasonOf(reason)}`)
  return texts.length > 0 ? `no node can answer (${texts.join('; ')})` : error.message
}

/** True when the same statement would be refused again. */
export function isRefusal(error: unknown): boolean {
  const { syntaxError, invalid, unauthorized } = types.responseErrorCodes
  const refusals: readonly number[] = [syntaxError, invalid, unauthorized]
  if (error instanceof errors.ResponseError) return refusals.includes(error.code)
  return error instanceof errors.ArgumentError || error instanceof errors.NotSupportedError
}
