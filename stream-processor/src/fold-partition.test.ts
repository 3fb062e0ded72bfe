import { encodeEvent } from '@twofold/core/events/envelope.ts'
import { users } from '@twofold/core/events/user.ts'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { Cell, CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import { describe, expect, it } from 'vitest'
import { createPartitionFold } from './fold-partition.ts'

describe('a flush', () => {
  it('writes the position after the cells stand in the updates and in the store, whichever comes last', async () => {
    for (const slow of ['publish', 'writeCells'] as const) {
      const { flush, gates, done } = setUp()
      const flushed = flush()
      for (const call of ['publish', 'writeCells'] as const) if (call !== slow) gates[call].resolve()
      await turn()
      expect(done).toEqual([slow === 'publish' ? 'writeCells' : 'publish'])
      gates[slow].resolve()
      await flushed
      expect(done).toEqual([slow === 'publish' ? 'writeCells' : 'publish', slow, 'writePositions'])
    }
  })

  it('does not publish again what is published, while the counter store is waited for', async () => {
    const { flush, gates, done, published } = setUp()
    gates.publish.resolve()
    gates.writeCells.reject(new TwofoldError('STORE_UNAVAILABLE', 'down'))
    for (let tries = 0; tries < 3; tries++) await expect(flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    gates.writeCells = Promise.withResolvers()
    gates.writeCells.resolve()
    await flush()
    expect(done).toEqual(['publish', 'writeCells', 'writePositions'])
    expect(published).toHaveLength(1)
  })

  it('joins an append that is still under way when it is tried again', async () => {
    const { flush, gates, done, published } = setUp()
    gates.writeCells.reject(new TwofoldError('STORE_UNAVAILABLE', 'down'))
    await expect(flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    gates.writeCells = Promise.withResolvers()
    gates.writeCells.resolve()
    const flushed = flush()
    await turn()
    expect(done).toEqual(['writeCells'])
    gates.publish.resolve()
    await flushed
    expect(published).toHaveLength(1)
  })

  it('publishes again what the log refused', async () => {
    const { flush, gates, published, done } = setUp()
    gates.writeCells.resolve()
    gates.publish.reject(new TwofoldError('LOG_UNAVAILABLE', 'down'))
    await expect(flush()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    gates.publish = Promise.withResolvers()
    gates.publish.resolve()
    await flush()
    expect(published).toHaveLength(2)
    expect(published[1]).toEqual(published[0])
    expect(done).toEqual(['writeCells', 'publish', 'writePositions'])
  })

  it('of whoever takes over after a crash before the position publishes the same', async () => {
    const [crashed, next] = [setUp(), setUp()]
    for (const { gates } of [crashed, next]) gates.publish.resolve()
    void crashed.flush()
    next.gates.writeCells.resolve()
    await next.flush()
    expect(crashed.done).not.toContain('writePositions')
    expect(next.published).toEqual(crashed.published)
    expect(next.published[0]).toMatchObject([{ view: 'longest-name', slice: 1000, partition: 0, offset: 1 }])
  })
})

type Call = 'publish' | 'writeCells'

/** Two users were folded; each call ends when its gate opens. */
function setUp() {
  const gates: Record<Call, PromiseWithResolvers<void>> = { publish: Promise.withResolvers(), writeCells: Promise.withResolvers() }
  for (const { promise } of Object.values(gates)) promise.catch(() => undefined)
  const done: string[] = []
  const published: (readonly Cell[])[] = []
  const pass = async (call: Call): Promise<void> => {
    await gates[call].promise
    done.push(call)
  }
  const counters = {
    writeCells: () => pass('writeCells'),
    writePositions: async () => void done.push('writePositions'),
  }
  const work = createPartitionFold({
    type: users,
    partition: 0,
    starts: [{ view: longestName, position: null, foldFrom: 0 }],
    counters: counters as unknown as CounterStore,
    publish(cells) {
      published.push(cells)
      return pass('publish')
    },
    settings: { sliceMs: 1000, dedupHorizonMs: 5000 },
  })
  for (const offset of [0, 1]) work.fold(userRecord(offset), 1000 + offset)
  return { flush: work.flush({ nextOffset: 2, appendedAt: 1001 }), gates, done, published }
}

function userRecord(offset: number): LogRecord {
  const { key, value, headers } = encodeEvent(users, { id: `u${offset}`, name: 'x'.repeat(offset + 1) }, { id: `u${offset}`, receivedAt: 0 })
  const place = { topic: 'user', partition: 0, offset, timestamp: 0 }
  return { ...place, key: Buffer.from(key!), value: Buffer.from(value as string), headers }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
