import { setTimeout as sleep } from 'node:timers/promises'
import { TwofoldError } from '@twofold/core/errors.ts'
import type cassandra from 'cassandra-driver'
import { type ClientSettings, createClient, toStoreError } from './client.ts'

/** A connection to the cluster that survives its outages. */
export interface Session {
  /** Runs work on the cluster. Rejects with STORE_UNAVAILABLE, at once while no node can be reached. */
  use<Result>(work: (client: cassandra.Client) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

interface Connected {
  readonly client: cassandra.Client
  /** Gives every resource back. */
  end(): Promise<void>
}

const firstRetryMs = 100
const lastRetryMs = 2000

/**
 * Connects, or rejects with STORE_UNAVAILABLE. When the last connection is lost the driver's client is replaced: a
 * client that finds its way back by itself keeps connections that it has forgotten, more with every outage, and they
 * keep the process alive after `shutdown` (seen with cassandra-driver 4.10.0; NODEJS-681).
 */
export async function openSession(settings: ClientSettings): Promise<Session> {
  const closing = new AbortController()
  let renewal: Promise<unknown> = Promise.resolve()
  let current: Connected | undefined

  const connect = async (): Promise<void> => {
    const connected = await connectOnce(settings)
    current = connected
    connected.client.on('hostDown', () => setImmediate(replaceWhenLost, connected))
    replaceWhenLost(connected)
  }
  const replaceWhenLost = (connected: Connected): void => {
    if (current !== connected || closing.signal.aborted || hasConnections(connected.client)) return
    current = undefined
    renewal = Promise.all([renewal, connected.end(), reconnect()])
  }
  const reconnect = async (): Promise<void> => {
    for (let waitMs = firstRetryMs; !current; waitMs = Math.min(2 * waitMs, lastRetryMs)) {
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      await connect().catch(() => {})
    }
  }
  const use: Session['use'] = async (work) => {
    if (!current) throw new TwofoldError('STORE_UNAVAILABLE', 'Cassandra: no node can be reached; still trying')
    const used = current
    return work(used.client).catch((error: unknown) => {
      replaceWhenLost(used)
      throw toStoreError(error)
    })
  }
  const close = async (): Promise<void> => {
    closing.abort()
    await renewal
    await current?.end()
  }

  await connect()
  return { use, close }
}

/** A client that is connected, or a rejection with STORE_UNAVAILABLE and nothing left open. */
async function connectOnce(settings: ClientSettings): Promise<Connected> {
  const client = createClient(settings)
  const closeConnections = followConnections(client)
  const end = async (): Promise<void> => {
    await client.shutdown()
    closeConnections()
  }
  try {
    await client.connect()
    return { client, end }
  } catch (error) {
    await end()
    throw toStoreError(error)
  }
}

function hasConnections(client: cassandra.Client): boolean {
  return client.getState().getConnectedHosts().length > 0
}

/** Private to the driver, and not in its types: look at it again with every new version. */
const createConnection = '_createConnection'
type ControlConnection = Record<typeof createConnection, (contactPoint: string) => Promise<{ close(): void }>>

/** Remembers the connections that the driver opens outside its pools; the answer closes them, those to come too. */
function followConnections(client: cassandra.Client): () => void {
  const { controlConnection } = client as unknown as { readonly controlConnection: ControlConnection }
  const create = controlConnection[createConnection].bind(controlConnection)
  const opened = new Set<{ close(): void }>()
  let ended = false
  controlConnection[createConnection] = async (contactPoint) => {
    const connection = await create(contactPoint)
    if (ended) connection.close()
    else opened.add(connection)
    return connection
  }
  return () => {
    ended = true
    opened.forEach((connection) => connection.close())
  }
}
