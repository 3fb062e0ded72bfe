import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { openWorker, type StoreWorker } from './worker.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-worker-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const source = `
  import { DatabaseSync } from 'node:sqlite'
  export function createSyncStore({ path, fail }) {
    if (fail) throw new Error(fail)
    const database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL)')
    const add = (text, then) => {
      database.prepare('INSERT INTO notes VALUES (?)').run(text)
      if (then === 'throw') throw new Error('after the write')
      if (then === 'rollback') { database.exec('ROLLBACK'); throw new Error('the whole transaction is gone') }
      return text
    }
    const block = (ms) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms) }
    return {
      database,
      writes: ['add'],
      methods: {
        add, block,
        all: () => database.prepare('SELECT text FROM notes').all().map(({ text }) => text),
        inTransaction: () => database.isTransaction,
        echo: (value) => value,
        uncloneable: () => () => 1,
        exit: () => process.exit(3),
        close: () => database.close(),
      },
    }
  }`
writeFileSync(join(folder, 'store.mjs'), source)

let files = 0
function open(options: { fail?: string; path?: string } = {}): Promise<StoreWorker> {
  const path = options.path ?? join(folder, `${files++}.db`)
  const module = pathToFileURL(join(folder, 'store.mjs')).href
  return openWorker({ module, options: { ...options, path } }, 'STORE_UNAVAILABLE')
}

test('calls are answered in order, each with its own result', async () => {
  const worker = await open()
  const calls = Array.from({ length: 100 }, (_, i) => worker.call('add', `note ${i}`))
  const all = worker.call('all')
  expect(await Promise.all(calls)).toEqual(await all)
  await worker.close()
})

test('a write that fails takes back its own writes only', async () => {
  const worker = await open()
  const outcomes = await Promise.allSettled([
    worker.call('block', 50),
    worker.call('add', 'first'),
    worker.call('add', 'second', 'throw'),
    worker.call('add', 'third'),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(await worker.call('all')).toEqual(['first', 'third'])
  await worker.close()
})

test('when the transaction itself is lost, every write in it is refused', async () => {
  const worker = await open()
  const outcomes = await Promise.allSettled([
    worker.call('block', 50),
    worker.call('add', 'first'),
    worker.call('add', 'second', 'rollback'),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(outcomes[1]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } })
  await worker.call('add', 'third')
  expect(await worker.call('all')).toEqual(['third'])
  await worker.close()
})

test('a read sees the writes called before it, committed', async () => {
  const worker = await open()
  void worker.call('add', 'x')
  expect(await worker.call('all')).toEqual(['x'])
  expect(await worker.call('inTransaction')).toBe(false)
  await worker.close()
})

test('a buffer is moved there and back', async () => {
  const worker = await open()
  const buffer = Uint8Array.of(1, 2, 3).buffer
  const answered = worker.call<ArrayBuffer>('echo', buffer)
  expect(buffer.byteLength).toBe(0)
  expect([...new Uint8Array(await answered)]).toEqual([1, 2, 3])
  await worker.close()
})

test('what cannot be cloned fails its own call only', async () => {
  const worker = await open()
  await expect(worker.call('echo', () => 1)).rejects.toThrow()
  await expect(worker.call('uncloneable')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await expect(worker.call('missing')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await worker.call('echo', 'still here')).toBe('still here')
  await worker.close()
})

test('closing finishes what was called before and refuses what comes after', async () => {
  const path = join(folder, 'closing.db')
  const worker = await open({ path })
  const added = worker.call('add', 'last')
  const closed = [worker.close(), worker.close()]
  await expect(worker.call('all')).rejects.toMatchObject({ code: 'CLOSED' })
  expect(await added).toBe('last')
  await Promise.all(closed)
  const reopened = await open({ path })
  expect(await reopened.call('all')).toEqual(['last'])
  await reopened.close()
})

test('a thread that dies fails every call that waits and every later one', async () => {
  const worker = await open()
  const waiting = [worker.call('exit'), worker.call('all')]
  for (const call of waiting) await expect(call).rejects.toThrow()
  await expect(worker.call('all')).rejects.toThrow()
  await worker.close()
})

test('a store that cannot be made is refused with its reason', async () => {
  await expect(open({ fail: 'no such disk' })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('no such disk'),
  })
})
