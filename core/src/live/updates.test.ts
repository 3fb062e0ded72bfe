import { describe, expect, it } from 'vitest'
import type { Cell } from '../ports/counter-store.ts'
import type { NewRecord } from '../ports/event-log.ts'
import { allTimeBucket } from '../views/resolutions.ts'
import { encodeCellUpdate, encodeProgress, parseUpdate, type Progress } from './updates.ts'

const cell: Cell = { view: 'likes', version: '1-60000-600000', slice: 60_000, partition: 2, key: 'v1', stepMs: 60_000, from: 120_000, state: '{"sum":7}', offset: 41 }
const progress: Progress = {
  topic: 'like',
  views: [{ view: 'likes', version: '1-60000-600000' }],
  processed: [{ partition: 2, nextOffset: 42, until: 61_000 }],
}

describe('an update', () => {
  it('is read as it was written, whatever the key holds', () => {
    for (const key of ['v1', '', '"],"state":0}', 'line\nbreak', '🔥', '\ud83d alone', 'x'.repeat(256)]) {
      const update = parse(encodeCellUpdate({ ...cell, key }, 4))
      expect(update).toEqual({ kind: 'cell', cell: { ...cell, key, state: { sum: 7 } } })
    }
  })

  it('carries the trace of what brought it as its header, and no header otherwise', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    expect(encodeCellUpdate({ ...cell, traceparent }, 4)).toEqual({ ...encodeCellUpdate(cell, 4), headers: { traceparent } })
    expect(encodeCellUpdate(cell, 4).headers).toEqual({})
  })

  it('carries all time and any state that a fold may have', () => {
    for (const state of ['null', '0', '"9007199254740993"', '[[1,2,[]]]']) {
      const update = parse(encodeCellUpdate({ ...cell, ...allTimeBucket, state }, 4))
      expect(update).toEqual({ kind: 'cell', cell: { ...cell, ...allTimeBucket, state: JSON.parse(state) as unknown } })
    }
  })

  it('stands in one partition for all buckets of a view and key', () => {
    const partitionOf = (part: Partial<Cell>) => encodeCellUpdate({ ...cell, ...part }, 7).partition
    const others = [{ from: 0 }, { stepMs: 3_600_000 }, { slice: 0 }, { partition: 0 }, { version: '2-1-1' }, { state: '1' }, { offset: 0 }]
    for (const other of others) expect(partitionOf(other)).toBe(partitionOf({}))
  })

  it('spreads keys over all partitions', () => {
    const counts = Array.from({ length: 4 }, () => 0)
    for (let number = 0; number < 4000; number++) counts[encodeCellUpdate({ ...cell, key: `video-${number}` }, 4).partition!]!++
    expect(Math.min(...counts)).toBeGreaterThan(800)
  })

  it('tells progress to the partition that is named', () => {
    const record = encodeProgress(progress, 3)
    expect(record.partition).toBe(3)
    expect(parse(record)).toEqual({ kind: 'progress', progress })
  })

  it('is none where another program wrote, and nothing that a reader could stumble over gets through', () => {
    const foreignCells: unknown[] = [[], 7, ['likes', '1', 1, 1, 'v1', 1, 1], ['likes', '1', 1, 1, 'v1', 1, 1, '1'], ['likes', '1', 1, 1, 'v1', 1, 1, 1.5]]
    const foreignTimes: unknown[] = [[60_000, 9e15], [60_000, -9e15], [0, 0], [-1, 0], [8e15, 8e15]].map(([stepMs, from]) => ['likes', '1', 1, 1, 'v1', stepMs, from, 1])
    const foreignProgress: unknown[] = [
      {},
      null,
      { ...progress, topic: 1 },
      { ...progress, views: [null] },
      { ...progress, views: ['likes'] },
      { ...progress, views: [{ view: 'likes' }] },
      { ...progress, processed: {} },
      { ...progress, processed: [null] },
      { ...progress, processed: [{ ...progress.processed[0], until: '1' }] },
      { ...progress, processed: [{ ...progress.processed[0], until: 9e15 }] },
    ]
    const foreign = [
      null,
      1,
      'text',
      [],
      {},
      { cell: ['likes', '1', 1, 1, 'v1', 1, 1, 1] },
      ...[...foreignCells, ...foreignTimes, ['likes', '1', 9e15, 1, 'v1', 1, 1, 1]].map((packed) => ({ cell: packed, state: 1 })),
      ...foreignProgress.map((told) => ({ progress: told })),
    ]
    for (const value of foreign) expect(parseUpdate({ value: Buffer.from(JSON.stringify(value)) }), JSON.stringify(value)).toBeUndefined()
    const endless = encodeProgress(progress, 0).value as string
    expect(parseUpdate({ value: Buffer.from(endless.replace('61000', '1e999')) })).toBeUndefined()
    expect(parseUpdate({ value: Buffer.from('{"cell":') })).toBeUndefined()
    expect(parseUpdate({ value: null })).toBeUndefined()
  })
})

function parse({ value }: NewRecord) {
  return parseUpdate({ value: Buffer.from(value as string) })
}
