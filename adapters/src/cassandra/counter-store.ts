import { TwofoldError } from '@twofold/core/errors.ts'
import type { Cell, CellQuery, CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type cassandra from 'cassandra-driver'
import { parseCassandraAddress } from './address.ts'
import { cellOf, readsOf, type Statement, writesOf } from './cell-statements.ts'
import { type ClientSettings, connect, createClient, toStoreError } from './client.ts'
import { limitInFlight } from './in-flight.ts'
import { formatPosition, parsePosition } from './position-text.ts'
import { createSchema, detectDataCenter } from './schema.ts'

export interface CassandraCounterStoreOptions {
  /** `cassandra://user:password@host1,host2:9042/keyspace?dc=datacenter1&replication=3` */
  readonly url: string
  /** How long a cell lives after its last write, in milliseconds. Cassandra counts seconds: it is rounded up. */
  readonly cellTtlMs: number
  /** How long a request may take on one node, in milliseconds; at most three nodes are tried. Default 5000. */
  readonly timeoutMs?: number
  /** Told what the driver warns of, such as a node that is down. Default: nobody. */
  readonly onWarning?: (message: string) => void
}

/** Requests in flight per store: enough to keep a few nodes busy, few enough that none waits until it times out. */
const maxInFlight = 32
const maxTtlSeconds = 630_720_000

/**
 * The counter store on Cassandra 4 or 5. Makes keyspace and tables when they are missing.
 *
 * Rejects with INVALID_CONFIG for a wrong URL or data centre and with STORE_UNAVAILABLE when no node answers; it
 * doesn't wait for one. Calls reject with STORE_UNAVAILABLE while the cluster can't answer, and work again within two
 * seconds of its return; with CLOSED after `close`.
 */
export async function openCassandraCounterStore(options: CassandraCounterStoreOptions): Promise<CounterStore> {
  // A second more, because Cassandra counts in whole seconds of its clock: no cell may go early.
  const ttlSeconds = Math.ceil(options.cellTtlMs / 1000) + 1
  if (!(ttlSeconds > 1 && ttlSeconds <= maxTtlSeconds))
    throw new TwofoldError('INVALID_CONFIG', 'cells must live for 1 ms to 20 years')
  const { client, keyspace } = await openClient(options, ttlSeconds)
  const store = createStore(client, keyspace, ttlSeconds)
  try {
    await store.ping()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openClient(options: CassandraCounterStoreOptions, cellTtlSeconds: number) {
  const { url, timeoutMs = 5000, onWarning = () => {} } = options
  const address = parseCassandraAddress(url)
  const dataCenter = await prepareCluster({ address, timeoutMs, onWarning }, cellTtlSeconds)
  const client = createClient({ address: { ...address, dataCenter }, timeoutMs, onWarning })
  await connect(client)
  return { client, keyspace: address.keyspace }
}

/** Makes the tables by a connection of its own, which doesn't need to know the data centre, and answers that. */
async function prepareCluster(settings: ClientSettings, cellTtlSeconds: number): Promise<string> {
  const client = createClient(settings)
  await connect(client)
  try {
    const dataCenter = settings.address.dataCenter ?? (await detectDataCenter(client))
    await createSchema(client, { ...settings.address, dataCenter, cellTtlSeconds })
    return dataCenter
  } catch (error) {
    throw toStoreError(error)
  } finally {
    await client.shutdown()
  }
}

function createStore(client: cassandra.Client, keyspace: string, ttlSeconds: number): CounterStore {
  const inFlight = limitInFlight(maxInFlight)
  const pending = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  const call = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closed) throw new TwofoldError('CLOSED', 'the store is closed')
    const working = work()
    pending.add(working)
    return working.catch(rethrow).finally(() => pending.delete(working))
  }
  const writeAll = (batches: readonly Statement[][]): Promise<void> =>
    inFlight.each(batches, (batch) => write(client, batch))
  const readCells = async (query: CellQuery): Promise<Cell[]> => {
    const cells: Cell[] = []
    await inFlight.each(readsOf(keyspace, query), async (read) => {
      for await (const row of rowsOf(client, read)) {
        const cell = cellOf(row, query)
        if (cell) cells.push(cell)
      }
    })
    return cells
  }
  const readPositions = async (view: string, version: string): Promise<ViewPosition[]> => {
    const query = `SELECT "partition", position FROM ${keyspace}.speed_positions WHERE "view" = ? AND version = ?`
    const positions: ViewPosition[] = []
    for await (const { partition, position } of rowsOf(client, { query, params: [view, version] }))
      positions.push({ view, version, partition, ...parsePosition(position) })
    return positions
  }
  const shutdown = async (): Promise<void> => {
    await Promise.allSettled(pending)
    await client.shutdown()
  }
  return {
    writeCells: (cells) => call(() => writeAll(writesOf(keyspace, cells, ttlSeconds))),
    readCells: (query) => call(() => readCells(query)),
    writePositions: (positions) => call(() => writeAll(positions.map((one) => [writeOfPosition(keyspace, one)]))),
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

async function write(client: cassandra.Client, batch: readonly Statement[]): Promise<void> {
  const [first] = batch
  if (batch.length === 1) await client.execute(first!.query, [...first!.params])
  else await client.batch(batch.map(({ query, params }) => ({ query, params: [...params] })), { logged: false })
}

async function* rowsOf(client: cassandra.Client, { query, params }: Statement): AsyncGenerator<cassandra.types.Row> {
  let pageState: string | undefined
  do {
    const page = await client.execute(query, [...params], pageState === undefined ? {} : { pageState })
    yield* page.rows
    pageState = page.pageState ?? undefined
  } while (pageState !== undefined)
}

function rethrow(error: unknown): never {
  throw toStoreError(error)
}
