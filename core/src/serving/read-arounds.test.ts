import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CellQuery } from '../ports/counter-store.ts'
import type { View } from '../views/view.ts'
import { type Served, served } from './layers.contract.ts'
import { aroundOf } from './look-around.ts'
import type { StateRow, Step } from './merge-rows.ts'
import { readArounds } from './read-arounds.ts'
import { type Place, readPage } from './read-view.ts'

function compare(plain: View, baselineMs: number): View {
  return { ...plain, showing: { baselineMs, show: (state, around) => ({ state, around }) } }
}

async function readAll({ layers, view, footing }: Served, step: Step): Promise<readonly StateRow[]> {
  return (await readPage(layers, view, footing, { step, limit: 10_000 })).rows
}

test('around each row of any page is what its key had before it, of both layers', async () => {
  const law = fc.asyncProperty(served, fc.nat({ max: 3 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4000 }), async (all, at, limit, baselineMs) => {
    const { layers, footing } = all
    const compared = compare(all.view, baselineMs)
    const steps: readonly Step[] = [...compared.resolutions.map(({ stepMs }) => stepMs), 'all']
    const finest = Map.groupBy(await readAll(all, steps[0]!), ({ key }) => key)
    let after: Place | null | undefined
    while (after !== null) {
      const page = await readPage(layers, compared, footing, { step: steps[at % steps.length]!, limit, ...(after ? { after } : {}) })
      const wanted = page.rows.map((row) => aroundOf(compared, row, finest.get(row.key) ?? []))
      expect(await readArounds(layers, compared, footing, page.rows)).toEqual(wanted)
      after = page.next
    }
  })
  await fc.assert(law, { numRuns: 300 })
})

test('nothing is read for a view that compares with nothing, and for rows that have no baseline', async () => {
  const law = fc.asyncProperty(served, async (all) => {
    const layers = { settings: all.layers.settings } as Served['layers']
    const rows = await readAll(all, all.view.resolutions[0]!.stepMs)
    const nothing = rows.map(({ stepMs }) => ({ lengthMs: stepMs === 0 ? null : stepMs, baseline: null }))
    expect(await readArounds(layers, all.view, all.footing, rows)).toEqual(nothing)
    expect(await readArounds(layers, compare(all.view, 1), all.footing, rows)).toEqual(nothing)
  })
  await fc.assert(law)
})

test('a page that ends one key and begins another reads of each what it needs; keys between are read together', async () => {
  const law = fc.asyncProperty(served, fc.integer({ min: 2, max: 300 }), async ({ layers, view, footing }, keys) => {
    const asked: (readonly string[])[] = []
    const readCells = async (query: CellQuery): Promise<[]> => {
      asked.push(query.keys ?? [])
      return []
    }
    const rows = Array.from({ length: keys }, (_, at) => ({ key: `k${at}`, stepMs: 1, from: 1000 * at, state: 1 }))
    const counting = { ...layers, counters: { ...layers.counters, readCells } }
    const unrun = { positions: [{ ...footing.positions![0]!, since: 0, appendedAt: 5000 }], run: null }
    await readArounds(counting, compare(view, 100), unrun, rows)
    expect(asked.flat()).toEqual(rows.map(({ key }) => key))
    expect([asked[0]!.length, asked.at(-1)!.length]).toEqual([1, 1])
    expect(asked.length).toBe(2 + Math.ceil((keys - 2) / 100))
  })
  await fc.assert(law, { numRuns: 30 })
})
