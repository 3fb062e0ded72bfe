import type { ScannedRow } from '@twofold/core/ports/row-store.ts'
import { expect, test } from 'vitest'
import { type PageRequest, scanPages } from './scan-pages.ts'

const partitionOf = (partition: number, count: number, payload = '{}'): ScannedRow[] =>
  Array.from({ length: count }, (_, offset) => ({
    id: `${partition}-${offset}`,
    payload,
    occurredAt: 0,
    appendedAt: offset,
    partition,
    offset,
  }))

function readerOf(rows: ScannedRow[][], requests: PageRequest[] = []) {
  return async (request: PageRequest): Promise<ScannedRow[]> => {
    requests.push(request)
    const behind = rows[request.partition]!.filter((row) => row.offset > request.afterOffset)
    return behind.slice(0, request.limit)
  }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}

test('pages end at the bound, whatever the place of the bound in its page', async () => {
  const rows = [partitionOf(0, 2000), [], partitionOf(2, 1)]
  for (const before of [0, 1, 999, 1000, 1001, 1999, 2000, 5000]) {
    const scanned = (await collect(scanPages([0, 1, 2], before, readerOf(rows)))).flat()
    expect(scanned).toEqual(rows.flat().filter((row) => row.appendedAt < before))
  }
})

test('a page of large rows makes the next one shorter, and small rows make it longer, within limits', async () => {
  const limitsOf = async (payload: string): Promise<number[]> => {
    const requests: PageRequest[] = []
    await collect(scanPages([0], Infinity, readerOf([partitionOf(0, 60_000, payload)], requests)))
    return requests.map((request) => request.limit)
  }
  expect((await limitsOf('{}')).slice(0, 5)).toEqual([1000, 5000, 10_000, 10_000, 10_000])
  expect((await limitsOf('x'.repeat(65_536))).slice(0, 3)).toEqual([1000, 128, 128])
})

test('the next page is asked for while the caller works on the current one', async () => {
  const requests: PageRequest[] = []
  for await (const page of scanPages([0], Infinity, readerOf([partitionOf(0, 3000)], requests))) {
    expect(page).toHaveLength(1000)
    await Promise.resolve()
    expect(requests).toHaveLength(2)
    break
  }
})

test('an error of a page reaches the caller', async () => {
  const failing = scanPages([0], Infinity, () => Promise.reject(new Error('no')))
  await expect(collect(failing)).rejects.toThrow('no')
})
