import { TwofoldError } from '@twofold/core/errors.ts'
import { type Correction, createReport } from '@twofold/core/live/report.ts'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { createKeptCorrections } from './kept-corrections.ts'

afterEach(() => vi.useRealTimers())

const [window] = likesByVideo.windows

function correctionOf(key: string, revision = 1): Correction {
  const report = createReport(window!, key, { from: 0, until: 60_000 }, true)
  return { place: 10 + revision, report, revision, previous: revision - 1, value: revision, correctedAt: 100_000 }
}

/** A store whose writes end when they are told to, and what it was asked to write. */
function open() {
  const writes: { readonly keys: string[]; readonly end: (error?: Error) => void }[] = []
  const errors: unknown[] = []
  const writeCells = (cells: readonly Cell[]): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    writes.push({ keys: cells.map(({ key, state }) => `${key} ${JSON.parse(state).revision}`), end: (error) => (error ? reject(error) : resolve()) })
    return promise
  }
  const counters = { writeCells } as Parameters<typeof createKeptCorrections>[0]['counters']
  const kept = createKeptCorrections({ counters, settings: { sliceMs: 60_000, dedupHorizonMs: 0 }, onError: (error) => void errors.push(error) })
  return { writes, errors, kept, keep: (correction: Correction) => kept.keep(likesByVideo, 0, correction) }
}

test('what comes while others are written is written next, with nothing further needed', async () => {
  const { writes, keep } = open()
  for (const key of ['a', 'b', 'c']) keep(correctionOf(key))
  writes[0]!.end()
  await setImmediate()
  expect(writes.map(({ keys }) => keys)).toEqual([['a 1'], ['b 1', 'c 1']])
})

test('while the store is down they wait, the newest of each window, and are written with nothing further needed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { writes, errors, keep } = open()
  for (const correction of [correctionOf('a'), correctionOf('a', 2), correctionOf('b')]) keep(correction)
  writes[0]!.end(new TwofoldError('STORE_UNAVAILABLE', 'down'))
  await setImmediate()
  keep(correctionOf('c'))
  expect([writes.length, errors.length]).toEqual([1, 1])
  vi.runOnlyPendingTimers()
  expect(writes[1]!.keys).toEqual(['a 2', 'b 1', 'c 1'])
  writes[1]!.end()
  await setImmediate()
  vi.runOnlyPendingTimers()
  expect(writes.length).toBe(2)
})

test('one that comes at the moment at which the others were written is written too', async () => {
  for (let moment = 0; moment < 8; moment++) {
    const { writes, keep } = open()
    keep(correctionOf('a'))
    writes[0]!.end()
    for (let passed = 0; passed < moment; passed++) await Promise.resolve()
    keep(correctionOf('b'))
    await setImmediate()
    expect([moment, writes.length]).toEqual([moment, 2])
  }
})

test('closing tries once more what waits, and ends whether it was written or not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { writes, errors, kept, keep } = open()
  keep(correctionOf('a'))
  writes[0]!.end(new TwofoldError('STORE_UNAVAILABLE', 'down'))
  await setImmediate()
  const closing = kept.close()
  await setImmediate()
  expect(writes.length).toBe(2)
  vi.runOnlyPendingTimers()
  await closing
  expect(errors.length).toBe(2)
})

test('one that can never be written does not hold up the others', async () => {
  const { writes, keep } = open()
  for (const key of ['a', 'b']) keep(correctionOf(key))
  writes[0]!.end(new Error('refused'))
  await setImmediate()
  expect(writes.map(({ keys }) => keys)).toEqual([['a 1'], ['b 1']])
})
