import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTwofoldError, TwofoldError } from '@twofold/core/errors.ts'
import { createPool, type Pool, type PoolConnection, type ResultSetHeader } from 'mysql2/promise'
import type { StoreSecurity } from '../store-security.ts'
import { isConnectionLost, isConnectionSound, isContention, translate } from './failures.ts'

/** Nothing here is answered later than this by a server that lives; DDL alone may take its time. */
const connectTimeoutMs = 3000
const queryTimeoutMs = 5000
const borrowTimeoutMs = 8000
const maxAttempts = 8

/**
 * Strict: an over-long or impossible value is an error, never cut. Without NO_BACKSLASH_ESCAPES, on which the driver's
 * escaping relies. READ COMMITTED: a statement sees what was committed before it, and no gaps are locked. And a process
 * that froze in the middle of a transaction doesn't keep its locks for hours: the server ends its silent session.
 */
const prepareSession = `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',
  SESSION transaction_isolation = 'READ-COMMITTED', SESSION innodb_lock_wait_timeout = 2,
  SESSION wait_timeout = 30`

/** One connection for the length of one piece of work. Values go in as parameters only. */
export interface Session {
  /** Rows as arrays, in the order of the columns asked for. */
  rows<Row extends unknown[]>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Answers how many rows were found (not: changed) or inserted. */
  write(sql: string, values?: readonly unknown[]): Promise<number>
  insert(sql: string, values: readonly unknown[]): Promise<{ readonly insertId: number }>
  /** Without a time limit, for statements that may rebuild a table. */
  define(sql: string): Promise<unknown[][]>
}

type Work<Result> = (session: Session) => Promise<Result>

export interface MysqlPool {
  /** Work that can be done again from its start. `isWorthRetrying` adds to deadlocks and lost connections. */
  run<Result>(work: Work<Result>, isWorthRetrying?: (error: unknown) => boolean): Promise<Result>
  /** All or nothing; done again as a whole. When a COMMIT's answer is lost it may have happened. */
  transaction<Result>(work: Work<Result>, isWorthRetrying?: (error: unknown) => boolean): Promise<Result>
  close(): Promise<void>
}

/**
 * Rejects with STORE_UNAVAILABLE in bounded time (some seconds) while the server is down, stopped or full, and works
 * again by itself once it is back.
 */
export function createMysqlPool(url: string, security: StoreSecurity = {}): MysqlPool {
  const pool = createPool({ ...connectionOptions(url), ...securityOptions(url, security), connectionLimit: 10, connectTimeout: connectTimeoutMs })
  const prepared = new Set<object>()
  let closed: Promise<void> | undefined

  const attempt = async <Result>(work: Work<Result>): Promise<Result> => {
    if (closed) throw storeClosed()
    const connection = await borrow(pool)
    try {
      await prepareOnce(connection, prepared)
      const result = await work(sessionOf(connection))
      connection.release()
      return result
    } catch (error) {
      if (isConnectionSound(error)) connection.release()
      else connection.destroy()
      throw error
    }
  }
  const run: MysqlPool['run'] = (work, isWorthRetrying) =>
    retry(() => attempt(work), isWorthRetrying).catch((error: unknown) => {
      throw closed && !isTwofoldError(error) ? storeClosed() : error
    })
  return {
    run,
    transaction: (work, isWorthRetrying) => run((session) => inTransaction(session, work), isWorthRetrying),
    close: () => (closed ??= endPool(pool, prepared)),
  }
}

const storeClosed = (): TwofoldError => new TwofoldError('CLOSED', 'the store is closed')

function connectionOptions(url: string): object {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    // Only the encoding: the columns' collation decides about equality, and the driver can't ask for one above 255.
    charset: 'utf8mb4',
    multipleStatements: false,
    // An UPDATE that sets what is there already still answers that it found its row.
    flags: ['FOUND_ROWS'],
  }
}

/** The driver looks at the name in a certificate only when it is told to. */
function securityOptions(url: string, { tls, credentials }: StoreSecurity): object {
  if (tls && !isName(new URL(url).hostname)) throw new TwofoldError('INVALID_CONFIG', addressRefused)
  return {
    ...(credentials && { user: credentials.username, password: credentials.password }),
    ...(tls && { ssl: { ...tls, rejectUnauthorized: true, verifyIdentity: true } }),
  }
}

const addressRefused = 'the URL of the row store: TLS needs the name of a host, not its address, to look for in the certificate'

/** Of an address the driver tells TLS nothing, and any certificate for "localhost" would do (seen with mysql2 3.24.5). */
function isName(host: string): boolean {
  return isIP(host.replaceAll(/[[\]]/g, '')) === 0
}

async function borrow(pool: Pool): Promise<PoolConnection> {
  const borrowed = pool.getConnection()
  const abort = new AbortController()
  const late = sleep(borrowTimeoutMs, undefined, { signal: abort.signal, ref: false })
  const connection = await Promise.race([borrowed, late.catch(() => undefined)]).finally(() => abort.abort())
  if (connection) return connection
  borrowed.then((tooLate) => tooLate.release(), () => {})
  throw new TwofoldError('STORE_UNAVAILABLE', `no connection to MySQL became free within ${borrowTimeoutMs} ms`)
}

async function prepareOnce(connection: PoolConnection, prepared: Set<object>): Promise<void> {
  const driver = connection.connection
  if (prepared.has(driver)) return
  await connection.query({ sql: prepareSession, timeout: queryTimeoutMs })
  prepared.add(driver)
  driver.once('end', () => prepared.delete(driver))
}

function sessionOf(connection: PoolConnection): Session {
  const send = async (sql: string, values: readonly unknown[] | undefined, timeout?: number): Promise<unknown> => {
    const options = { sql, rowsAsArray: true, ...(values && { values: [...values] }), ...(timeout && { timeout }) }
    return (await connection.query(options))[0]
  }
  return {
    rows: async <Row extends unknown[]>(sql: string, values?: readonly unknown[]) =>
      (await send(sql, values, queryTimeoutMs)) as Row[],
    write: async (sql, values) => ((await send(sql, values, queryTimeoutMs)) as ResultSetHeader).affectedRows,
    insert: async (sql, values) => (await send(sql, values, queryTimeoutMs)) as ResultSetHeader,
    define: async (sql) => (await send(sql, undefined)) as unknown[][],
  }
}

async function inTransaction<Result>(session: Session, work: Work<Result>): Promise<Result> {
  await session.write('START TRANSACTION')
  try {
    const result = await work(session)
    await session.write('COMMIT')
    return result
  } catch (error) {
    // The connection goes back to the pool with nothing left open. A failed ROLLBACK takes the connection along.
    if (isConnectionSound(error)) await session.write('ROLLBACK')
    throw error
  }
}

async function retry<Result>(
  work: () => Promise<Result>,
  isWorthRetrying: (error: unknown) => boolean = () => false,
): Promise<Result> {
  for (let attempts = 1; ; attempts++)
    try {
      return await work()
    } catch (error) {
      const isWorthIt = isContention(error) || isConnectionLost(error) || isWorthRetrying(error)
      if (!isWorthIt || attempts === maxAttempts) throw translate(error)
      await sleep(5 * 2 ** attempts)
    }
}

/** Says good-bye to the server; one that doesn't listen any more is left without. */
async function endPool(pool: Pool, connections: Set<object>): Promise<void> {
  const ended = pool.end().catch(() => {})
  await Promise.race([ended, sleep(1000, undefined, { ref: false })])
  for (const connection of connections) (connection as { destroy(): void }).destroy()
}
