import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { isTwofoldError } from '@twofold/core/errors.ts'
import type { SyncStore, WorkerAnswer, WorkerCall, WorkerOptions } from './worker.ts'

const options = workerData as WorkerOptions
const port = parentPort!
const created = await createStore()

if (created) {
  port.on('message', (first: WorkerCall) => {
    const calls = [first]
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      calls.push(next.message as WorkerCall)
    }
    for (let at = 0; at < calls.length; ) at = answerFrom(created, calls, at)
  })
  post({ id: 0 })
}

/** A store that can't be made is the answer to the call that opened it; the thread then ends by itself. */
async function createStore(): Promise<SyncStore | undefined> {
  try {
    const { createSyncStore } = (await import(options.module)) as { createSyncStore: (options: unknown) => SyncStore }
    return createSyncStore(options.options)
  } catch (error) {
    post({ id: 0, error: describe(error) })
    return undefined
  }
}

/** Answers one read, or all writes up to the next read in one transaction: one fsync for everything that waits. */
function answerFrom(store: SyncStore, calls: readonly WorkerCall[], at: number): number {
  const call = calls[at]!
  if (!store.writes.includes(call.method)) {
    post(run(store, call))
    if (call.method === 'close') port.close()
    return at + 1
  }
  let until = at
  while (until < calls.length && store.writes.includes(calls[until]!.method)) until++
  for (const answer of commitTogether(store, calls.slice(at, until))) post(answer)
  return until
}

/** A value that is an ArrayBuffer is moved to the caller, not copied. */
function post(answer: WorkerAnswer): void {
  try {
    port.postMessage(answer, answer.value instanceof ArrayBuffer ? [answer.value] : [])
  } catch (error) {
    // A value that can't be cloned fails its own call, not the thread with all others.
    port.postMessage({ id: answer.id, error: describe(error) } satisfies WorkerAnswer)
  }
}

function commitTogether(store: SyncStore, calls: readonly WorkerCall[]): WorkerAnswer[] {
  try {
    store.database.exec('BEGIN IMMEDIATE')
    const answers = calls.map((call) => runApart(store, call))
    store.database.exec('COMMIT')
    return answers
  } catch (error) {
    if (store.database.isTransaction) store.database.exec('ROLLBACK')
    return calls.map(({ id }) => ({ id, error: describe(error) }))
  }
}

/** A call that fails takes back its own writes only, not those of its neighbours in the transaction. */
function runApart(store: SyncStore, call: WorkerCall): WorkerAnswer {
  store.database.exec('SAVEPOINT call')
  const answer = run(store, call)
  store.database.exec(answer.error ? 'ROLLBACK TO call; RELEASE call' : 'RELEASE call')
  return answer
}

function run(store: SyncStore, call: WorkerCall): WorkerAnswer {
  try {
    return { id: call.id, value: store.methods[call.method]!(...call.arguments) }
  } catch (error) {
    return { id: call.id, error: describe(error) }
  }
}

function describe(error: unknown): NonNullable<WorkerAnswer['error']> {
  const message = error instanceof Error ? error.message : String(error)
  return isTwofoldError(error) ? { code: error.code, message } : { message }
}
