import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Provenance } from '../answer-view.ts'
import { rememberProvenance, staleProvenance } from './remember-provenance.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function start() {
  const finds: PromiseWithResolvers<Provenance>[] = []
  const errors: unknown[] = []
  const remembered = rememberProvenance({
    find: () => {
      const find = Promise.withResolvers<Provenance>()
      finds.push(find)
      return find.promise
    },
    elapsed: () => performance.now(),
    onError: (error) => errors.push(error),
  })
  return { finds, errors, of: () => remembered.of(emojiCount), prepare: () => remembered.prepare(emojiCount) }
}

const answer = (run: number): Provenance => ({
  asOf: { boundary: null, run, appendedAt: null, positions: {}, lagMs: 0 },
  complete: true,
  missing: [],
})

test('who comes first waits until something is known', async () => {
  const { finds, prepare, of } = start()
  const prepared = prepare()
  finds[0]!.resolve(answer(1))
  await prepared
  expect(of()).toEqual(answer(1))
})

test('nobody waits longer than a second, and is told that nothing is known', async () => {
  const { prepare, of } = start()
  const prepared = prepare()
  await vi.advanceTimersByTimeAsync(1000)
  await prepared
  expect(of()).toMatchObject({ complete: false, missing: [staleProvenance], asOf: { run: null } })
  expect(vi.getTimerCount()).toBe(0)
})

test('the stores are asked once a second at most, in the background, and not at all when nobody asks', async () => {
  const { finds, prepare, of } = start()
  void prepare()
  finds[0]!.resolve(answer(1))
  await vi.advanceTimersByTimeAsync(990)
  of()
  expect(finds).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(10_000)
  expect([of(), of()]).toEqual([answer(1), answer(1)])
  expect(finds).toHaveLength(2)
  finds[1]!.resolve(answer(2))
  await vi.advanceTimersByTimeAsync(0)
  expect(of()).toEqual(answer(2))
})

test('what was known last is told while the stores can not be read, and so is that', async () => {
  const { finds, errors, prepare, of } = start()
  void prepare()
  finds[0]!.resolve(answer(1))
  for (const failure of [1, 2]) {
    await vi.advanceTimersByTimeAsync(1000)
    of()
    finds[failure]!.reject(new Error('down'))
    await vi.advanceTimersByTimeAsync(0)
    expect(of()).toEqual({ ...answer(1), complete: false, missing: [staleProvenance] })
  }
  expect(errors).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1000)
  of()
  finds[3]!.resolve(answer(3))
  await vi.advanceTimersByTimeAsync(0)
  expect(of()).toEqual(answer(3))
})
