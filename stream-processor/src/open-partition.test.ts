import { encodeEvent } from '@twofold/core/events/envelope.ts'
import { users } from '@twofold/core/events/user.ts'
import type { Cell, CounterStore, ViewPosition } from '@twofold/core/ports/counter-store.ts'
import type { EventLog, LogRecord } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import { describe, expect, it } from 'vitest'
import { openPartition } from './open-partition.ts'

const settings = { sliceMs: 1000, dedupHorizonMs: 5000 }
const partition = { topic: 'user', partition: 0 }
const position = { view: 'longest-name', version: '1-1000-5000', partition: 0, firstSlice: 0, since: 1000, nextOffset: 50, appendedAt: 20_500 }

describe('a partition that is opened', () => {
  it('begins at the start of the log where there is neither position nor run, and says so at once', async () => {
    const { open, positions } = setUp({ bounds: [0, 10] })
    expect((await open()).start).toEqual({ nextOffset: 0, appendedAt: 0 })
    expect(positions).toMatchObject([{ firstSlice: 0, since: null, nextOffset: 0 }])
  })

  it('begins a horizon before the boundary of the newest run where there is no position', async () => {
    const { open, positions, sought } = setUp({ bounds: [0, 10], boundary: 30_000 })
    await open()
    expect(sought).toEqual([25_000])
    expect(positions).toMatchObject([{ firstSlice: 30_000, appendedAt: 30_000 }])
  })

  it('begins a horizon before the slice of its position, folds that slice again and nothing before it', async () => {
    const { open, cells, sought } = setUp({ bounds: [0, 60], position })
    const work = await open()
    expect(sought).toEqual([15_000])
    for (const [offset, appendedAt] of [[40, 19_999], [41, 20_000], [50, 21_000]] as const) work.fold(userRecord(offset), appendedAt)
    await work.flush({ nextOffset: 51, appendedAt: 21_000 })()
    expect(cells.map(({ slice, offset }) => [slice, offset])).toEqual([[20_000, 41], [21_000, 50]])
  })

  it('refuses a log that ends before what was folded', async () => {
    await expect(setUp({ bounds: [0, 49], position }).open()).rejects.toMatchObject({ code: 'LOG_TRUNCATED' })
  })

  it('vouches only for slices a horizon after the begin of a truncated log, also when it reads nothing but ticks', async () => {
    const { open, positions, cells } = setUp({ bounds: [5, 10] })
    const work = await open()
    expect(positions).toEqual([])
    await work.flush({ nextOffset: 6, appendedAt: 40_200 })()
    expect(positions).toMatchObject([{ firstSlice: 46_000 }])
    work.fold(userRecord(6), 45_999)
    work.fold(userRecord(7), 46_000)
    await work.flush({ nextOffset: 8, appendedAt: 46_000 })()
    expect(cells.map(({ slice }) => slice)).toEqual([46_000])
  })

  it('takes a log for whole whose truncated part was folded and lies a horizon behind', async () => {
    const { open, positions } = setUp({ bounds: [50, 50], position })
    const work = await open()
    work.fold(userRecord(50), 26_000)
    await work.flush({ nextOffset: 51, appendedAt: 26_000 })()
    expect(positions.at(-1)).toMatchObject({ firstSlice: 0, nextOffset: 51 })
  })

  it('does not where repeats of the truncated part may still come', async () => {
    const { open, positions } = setUp({ bounds: [50, 50], position })
    const work = await open()
    work.fold(userRecord(50), 25_000)
    await work.flush({ nextOffset: 51, appendedAt: 25_000 })()
    expect(positions.at(-1)).toMatchObject({ firstSlice: 31_000 })
  })
})

interface Setup {
  readonly bounds: readonly [begin: number, end: number]
  readonly position?: ViewPosition
  readonly boundary?: number
}

/** A log that answers a seek with its begin. */
function setUp({ bounds: [begin, end], position: stored, boundary }: Setup) {
  const [positions, cells, sought]: [ViewPosition[], Cell[], number[]] = [[], [], []]
  const log = {
    readBounds: async () => [{ partition: 0, begin, end }],
    findOffset: async (_partition: unknown, time: number) => {
      sought.push(time)
      return begin
    },
    append: async () => [],
  }
  const counters = {
    readPositions: async () => (stored ? [stored] : []),
    writePositions: async (written: ViewPosition[]) => void positions.push(...written),
    writeCells: async (written: Cell[]) => void cells.push(...written),
  }
  const run = boundary === undefined ? null : { run: 1, boundary, publishedAt: 0, views: [] }
  const rows = { readNewestRun: async (view?: unknown) => (view ? null : run) }
  const layer = {
    log: log as unknown as EventLog,
    counters: counters as unknown as CounterStore,
    rows: rows as unknown as RowStore,
    events: [users],
    views: [longestName],
    settings,
    updatePartitions: 4,
  }
  return { open: () => openPartition(layer, partition), positions, cells, sought }
}

function userRecord(offset: number): LogRecord {
  const { key, value, headers } = encodeEvent(users, { id: `u${offset}`, name: 'x'.repeat(offset) }, { id: `u${offset}`, receivedAt: 0 })
  return { ...partition, offset, timestamp: 0, key: Buffer.from(key!), value: Buffer.from(value as string), headers }
}
