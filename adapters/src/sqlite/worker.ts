import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, TwofoldError } from '@twofold/core/errors.ts'

/** What a worker module's `createSyncStore(options)` answers: synchronous methods over one database. */
export interface SyncStore {
  readonly database: DatabaseSync
  readonly methods: Readonly<Record<string, (...args: never[]) => unknown>>
  /** Names of the methods that write: those that wait together are committed together, each whole or not at all. */
  readonly writes: readonly string[]
}

export interface WorkerOptions {
  /** URL of a module that exports `createSyncStore`. */
  readonly module: string
  readonly options: unknown
}

export interface WorkerCall {
  readonly id: number
  readonly method: string
  readonly arguments: never[]
}

export interface WorkerAnswer {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly code?: ErrorCode; readonly message: string }
}

export interface StoreWorker {
  /** An argument or a result that is an ArrayBuffer is moved between the threads, not copied. */
  call<Result>(method: string, ...args: unknown[]): Promise<Result>
  /** Finishes what was called before, closes the database and ends the thread. What is called later is CLOSED. */
  close(): Promise<void>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Runs a synchronous SQLite store in a thread of its own, so that an fsync never stalls the event loop that answers
 * requests. `failureCode` is the code of an error that the store itself did not name.
 */
export async function openWorker(options: WorkerOptions, failureCode: ErrorCode): Promise<StoreWorker> {
  // Flags of the process are not the thread's: `--input-type` of a `node --eval` would refuse to start it.
  const worker = new Worker(new URL('./worker-entry.ts', import.meta.url), { workerData: options, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let failure: TwofoldError | undefined

  const fail = (error: TwofoldError): void => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  const answer = ({ id, value, error }: WorkerAnswer): void => {
    const caller = waiting.get(id)
    waiting.delete(id)
    if (error) caller?.reject(new TwofoldError(error.code ?? failureCode, error.message))
    else caller?.resolve(value)
    if (waiting.size === 0) worker.unref()
  }
  const expect = (id: number): Promise<unknown> => {
    worker.ref()
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }

  worker.on('message', answer)
  worker.on('error', (cause) => {
    fail(new TwofoldError(failureCode, `the store's thread ended: ${String(cause)}`, { cause }))
  })
  worker.on('exit', () => fail(closedError()))
  await expect(0)

  const send = async <Result>(method: string, args: unknown[]): Promise<Result> => {
    if (failure) throw failure
    const id = ++lastId
    const moved = args.filter((arg) => arg instanceof ArrayBuffer)
    // Posted before it is awaited: arguments that can't be cloned throw here.
    worker.postMessage({ id, method, arguments: args as never[] } satisfies WorkerCall, moved)
    return (await expect(id)) as Result
  }
  const closeOnce = async (): Promise<void> => {
    if (!failure) await send('close', [])
    failure ??= closedError()
    await worker.terminate()
  }
  let closing: Promise<void> | undefined
  return {
    call: async (method, ...args) => {
      if (closing) throw closedError()
      return send(method, args)
    },
    close: () => (closing ??= closeOnce()),
  }
}

function closedError(): TwofoldError {
  return new TwofoldError('CLOSED', 'the store is closed')
}
