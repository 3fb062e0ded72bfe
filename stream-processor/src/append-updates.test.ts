import { parseUpdate, updatesTopic } from '@twofold/core/live/updates.ts'
import type { Cell } from '@twofold/core/ports/counter-store.ts'
import type { EventLog, NewRecord } from '@twofold/core/ports/event-log.ts'
import { expect, test } from 'vitest'
import { appendUpdates } from './append-updates.ts'

test('changed cells are appended in order, in chunks of a thousand, one after the other', async () => {
  const { log, chunks } = createLog()
  await appendUpdates(log, cells(2500, '1'), 4)
  expect(chunks.map(({ length }) => length)).toEqual([1000, 1000, 500])
  expect(chunks.flat().map(keyIn)).toEqual(cells(2500, '1').map(({ key }) => key))
})

test('a chunk of large states is shorter', async () => {
  const { log, chunks } = createLog()
  await appendUpdates(log, cells(7, `"${'x'.repeat(400_000)}"`), 4)
  expect(chunks.map(({ length }) => length)).toEqual([3, 3, 1])
})

test('no cell is no append', async () => {
  const { log, chunks } = createLog()
  await appendUpdates(log, [], 4)
  expect(chunks).toEqual([])
})

function cells(length: number, state: string): Cell[] {
  const place = { view: 'likes', version: '1', slice: 0, partition: 0, stepMs: 60_000, from: 0 }
  return Array.from({ length }, (_, offset) => ({ ...place, key: `v${offset}`, state, offset }))
}

function createLog() {
  const chunks: (readonly NewRecord[])[] = []
  let underWay = 0
  const log: Pick<EventLog, 'append'> = {
    async append(topic, records) {
      expect([topic, underWay++]).toEqual([updatesTopic, 0])
      await Promise.resolve()
      underWay--
      chunks.push(records)
      return []
    },
  }
  return { log, chunks }
}

function keyIn({ value }: NewRecord): string | undefined {
  const update = parseUpdate({ value: Buffer.from(value as string) })
  return update?.kind === 'cell' ? update.cell.key : undefined
}
