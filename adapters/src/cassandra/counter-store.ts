import { setTimeout as sleep } from 'node:timers/promises'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { Cell, CellQuery, CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type cassandra from 'cassandra-driver'
import { parseCassandraAddress } from './address.ts'
import { batchesOf, cellOf, readsOf, type Statement, writeOf } from './cell-statements.ts'
import type { StoreSecurity } from '../store-security.ts'
import type { ClientSettings } from './client.ts'
import { limitInFlight } from './in-flight.ts'
import { formatPosition, parsePosition } from './position-text.ts'
import { chooseDataCenter, createSchema } from './schema.ts'
import { openSession, type Session } from './session.ts'

export interface CassandraCounterStoreOptions {
  /** `cassandra://user:password@host1,host2:9042/keyspace?dc=datacenter1&replication=3` */
  readonly url: string
  /** How long a cell lives after its last write, in milliseconds. Cassandra counts seconds: it is rounded up. */
  readonly cellTtlMs: number
  /** How long a request may take on one node, in milliseconds; at most three nodes are tried. Default 5000. */
  readonly timeoutMs?: number
  /** Told what the driver warns of, such as a node that is down. Default: nobody. */
  readonly onWarning?: (message: string) => void
  readonly security?: StoreSecurity
}

/** Requests in flight per store: enough to keep a few nodes busy, few enough that none waits until it times out. */
const maxInFlight = 32
const maxTtlSeconds = 630_720_000

/**
 * The counter store on Cassandra 4 or 5. Makes keyspace and tables when they are missing.
 *
 * Rejects with INVALID_CONFIG for a wrong URL or data centre and with STORE_UNAVAILABLE when no node answers; it
 * doesn't wait for one. Calls reject with STORE_UNAVAILABLE while the cluster can't answer, and work again within two
 * seconds of its return (or `timeoutMs` more, where it swallowed what was sent to it); with CLOSED after `close`.
 */
export async function openCassandraCounterStore(options: CassandraCounterStoreOptions): Promise<CounterStore> {
  // A second more, because Cassandra counts in whole seconds of its clock: no cell may go early.
  const ttlSeconds = Math.ceil(options.cellTtlMs / 1000) + 1
  if (!(ttlSeconds > 1 && ttlSeconds <= maxTtlSeconds))
    throw new TwofoldError('INVALID_CONFIG', 'cells must live for 1 ms to 20 years')
  const { url, timeoutMs = 5000, onWarning = () => {}, security = {} } = options
  const settings = { address: parseCassandraAddress(url), timeoutMs, onWarning, security }
  const dataCenter = await prepareCluster(settings, ttlSeconds)
  const { keyspace } = settings.address
  const session = await openSession({ ...settings, address: { ...settings.address, dataCenter } })
  const store = createStore(session, keyspace, ttlSeconds)
  await awaitTables(store).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  return store
}

/** The protocol's "invalid query", which a query of a table that does not exist is. */
const invalidQuery = 0x2200

/** A table that another process is making stands in the schema a moment before the node can use it. */
async function awaitTables(store: CounterStore): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.ping()
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === invalidQuery
      if (!isMissing || attempt === 6) throw error
      await sleep(100 * 2 ** attempt)
    }
  }
}

/** Makes the tables by a connection of its own, which doesn't need to know the data centre, and answers that. */
async function prepareCluster(settings: ClientSettings, cellTtlSeconds: number): Promise<string> {
  const { dataCenter: asked, ...anyDataCenter } = settings.address
  const session = await openSession({ ...settings, address: anyDataCenter })
  try {
    return await session.use(async (client) => {
      const dataCenter = chooseDataCenter(client, asked)
      await createSchema(client, { ...settings.address, dataCenter, cellTtlSeconds })
      return dataCenter
    })
  } finally {
    await session.close()
  }
}

function createStore(session: Session, keyspace: string, ttlSeconds: number): CounterStore {
  const inFlight = limitInFlight(maxInFlight)
  const pending = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  const call = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closed) throw new TwofoldError('CLOSED', 'the store is closed')
    const working = work()
    pending.add(working)
    return working.finally(() => pending.delete(working))
  }
  const writeCells = (cells: readonly Cell[]): Promise<void> =>
    inFlight.each(batchesOf(cells), (batch) => write(session, batch.map((cell) => writeOf(keyspace, ttlSeconds, cell))))
  const writePositions = (positions: readonly ViewPosition[]): Promise<void> =>
    inFlight.each(positions, (position) => write(session, [writeOfPosition(keyspace, position)]))
  const readCells = async (query: CellQuery): Promise<Cell[]> => {
    const cells: Cell[] = []
    await inFlight.each(readsOf(keyspace, query), async (read) => {
      for await (const row of rowsOf(session, read)) {
        const cell = cellOf(row, query)
        if (cell) cells.push(cell)
      }
    })
    return cells
  }
  const readPositions = async (view: string, version: string): Promise<ViewPosition[]> => {
    const query = `SELECT "partition", position FROM ${keyspace}.speed_positions WHERE "view" = ? AND version = ?`
    const positions: ViewPosition[] = []
    for await (const { partition, position } of rowsOf(session, { query, params: [view, version] }))
      positions.push({ view, version, partition, ...parsePosition(position) })
    return positions
  }
  const shutdown = async (): Promise<void> => {
    await Promise.allSettled(pending)
    await session.close()
  }
  return {
    writeCells: (cells) => call(() => writeCells(cells)),
    readCells: (query) => call(() => readCells(query)),
    writePositions: (positions) => call(() => writePositions(positions)),
    readPositions: (view, version) => call(() => readPositions(view, version)),
    ping: () => call(async () => void (await readPositions('ping', ''))),
    close: () => (closed ??= shutdown()),
  }
}

function writeOfPosition(keyspace: string, position: ViewPosition): Statement {
  const { view, version, partition, nextOffset } = position
  const query = `UPDATE ${keyspace}.speed_positions USING TIMESTAMP ? SET position = ?
    WHERE "view" = ? AND version = ? AND "partition" = ?`
  return { query, params: [nextOffset + 1, formatPosition(position), view, version, partition] }
}

async function write(session: Session, batch: readonly Statement[]): Promise<void> {
  const [first] = batch
  await session.use((client) =>
    batch.length === 1 ? client.execute(first!.query, [...first!.params])
    : client.batch(batch.map(({ query, params }) => ({ query, params: [...params] })), { logged: false }))
}

async function* rowsOf(session: Session, { query, params }: Statement): AsyncGenerator<cassandra.types.Row> {
  let pageState: string | undefined
  do {
    const options = pageState === undefined ? {} : { pageState }
    const page = await session.use((client) => client.execute(query, [...params], options))
    yield* page.rows
    pageState = page.pageState ?? undefined
  } while (pageState !== undefined)
}
