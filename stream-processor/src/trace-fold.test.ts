import { encodeEvent } from '@twofold/core/events/envelope.ts'
import { likes } from '@twofold/core/events/like.ts'
import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import type { ChangedCell } from '@twofold/core/views/slice-folder.ts'
import type { TraceRecord } from '@twofold/runtime/trace-records.ts'
import { describe, expect, it } from 'vitest'
import { createPartitionFold } from './fold-partition.ts'

const traced = { traceparent: Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01') }

describe('a traced event', () => {
  it('leaves its trace on the cells that it changed, also when others change them after it', async () => {
    const { fold, flush } = setUp()
    fold(like(0, 'a'))
    fold(like(1, 'b', traced))
    fold(like(2, 'b'))
    expect(await flush()).toEqual([['a', undefined], ['b', 'step 1']])
  })

  it('is done when everything of it is stored, and leaves nothing on what comes later', async () => {
    const { fold, flush, done } = setUp()
    fold(like(0, 'a', traced))
    expect(done).toEqual([])
    await flush()
    expect(done).toEqual([0])
    fold(like(1, 'a'))
    expect(await flush()).toEqual([['a', undefined]])
  })

  it('that is a repeat, or was folded before a restart, begins no step', async () => {
    const { fold, flush } = setUp(5000)
    fold(like(0, 'a', traced), 4999)
    fold(like(1, 'b'), 5000)
    fold({ ...like(1, 'b', traced), offset: 2 }, 5000)
    expect(await flush()).toEqual([['b', undefined]])
  })

  it('of a slice that has closed keeps its trace', async () => {
    const { fold, flush } = setUp()
    fold(like(0, 'a', traced), 1000)
    fold(like(1, 'a'), 2000)
    expect(await flush()).toEqual([['a', 'step 0'], ['a', undefined]])
  })

  it('is one of a hundred of a flush at the most', async () => {
    const { fold, flush, done } = setUp()
    for (let offset = 0; offset < 150; offset++) fold(like(offset, `v${offset}`, traced))
    const cells = await flush()
    expect(cells.filter(([, trace]) => trace !== undefined)).toHaveLength(100)
    expect(done).toHaveLength(100)
  })
})

function setUp(foldFrom = 0) {
  const published: ChangedCell[] = []
  const done: number[] = []
  const traceRecord: TraceRecord = ({ offset }) => ({ traceparent: `step ${offset}`, done: () => void done.push(offset) })
  const work = createPartitionFold({
    type: likes,
    partition: 0,
    starts: [{ view: likesByVideo, position: null, foldFrom }],
    counters: { writeCells: async () => undefined, writePositions: async () => undefined } as unknown as CounterStore,
    publish: async (cells) => void published.push(...cells),
    settings: { sliceMs: 1000, dedupHorizonMs: 5000 },
    traceRecord,
  })
  return {
    done,
    fold: (record: LogRecord, appendedAt = 1000) => work.fold(record, appendedAt),
    async flush() {
      await work.flush({ nextOffset: 0, appendedAt: 0 })()
      return published.splice(0).map(({ key, traceparent }) => [key, traceparent])
    },
  }
}

function like(offset: number, video: string, extra: LogRecord['headers'] = {}): LogRecord {
  const { key, value, headers } = encodeEvent(likes, { video_id: video }, { id: `l${offset}`, receivedAt: 0 })
  return { topic: 'like', partition: 0, offset, timestamp: 0, key: Buffer.from(key!), value: Buffer.from(value as string), headers: { ...headers, ...extra } }
}
