import { TwofoldError } from '@twofold/core/errors.ts'
import type { Cell, CellQuery } from '@twofold/core/ports/counter-store.ts'
import type { PublishedRun, RunRowQuery } from '@twofold/core/ports/row-store.ts'
import { serve, served, settings } from '@twofold/core/serving/layers.contract.ts'
import type { Layers } from '@twofold/core/serving/read-view.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareLayers, type Comparison, type ComparedRuns } from './compare-layers.ts'

type World = typeof served extends fc.Arbitrary<infer Each> ? Each : never

const limits = { partitions: 3, keys: 3, now: 20_000, cellTtlMs: 3_600_000 }
const publishedAt = 0
const runOf = (run: number, boundary: number): PublishedRun => ({ run, boundary, publishedAt, views: [] })

/** Two runs over one history, and the cells of all of it. `tamper` changes what the speed layer wrote. */
function between(world: World, boundaries: readonly [number, number], tamper: (cell: Cell) => Cell = (cell) => cell) {
  const runs = boundaries.map((boundary) => serve(world.view, world.events, boundary))
  const positions = (world.footing.positions ?? []).map((position) => ({ ...position, appendedAt: Math.max(position.appendedAt, boundaries[1]) }))
  const layers = {
    settings,
    counters: {
      readPositions: async () => positions,
      readCells: async (query: CellQuery) => (await world.layers.counters.readCells(query)).map(tamper),
    },
    rows: { readRunRows: async (query: RunRowQuery) => runs[query.run - 1]!.layers.rows.readRunRows(query) },
  } as unknown as Layers
  const compared: ComparedRuns = { previous: runOf(1, boundaries[0]), run: runOf(2, boundaries[1]) }
  return { layers, positions, compared, view: world.view }
}

const worlds = fc.record({ world: served, first: fc.integer({ min: 1, max: 8 }), length: fc.integer({ min: 1, max: 8 }) })
const boundariesOf = ({ first, length }: { first: number; length: number }): [number, number] => [first * settings.sliceMs, (first + length) * settings.sliceMs]

/** All keys, share by share. */
async function compareAll({ layers, view, compared }: ReturnType<typeof between>): Promise<Comparison> {
  let samples = 0
  const differing = new Set<string>()
  for (let after: ComparedRuns['after']; ;) {
    const share = await compareLayers(layers, view, { ...compared, ...(after ? { after } : {}) }, limits)
    if (typeof share === 'string') throw new Error(share)
    samples += share.samples
    for (const key of share.differing) differing.add(key)
    if (share.next === undefined) return { samples, differing: [...differing], next: undefined }
    after = share.next
  }
}

describe('two runs and the cells between them', () => {
  test('agree on every key, whatever came when', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ world, ...times }) => {
        const { differing } = await compareAll(between(world, boundariesOf(times)))
        expect(differing).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test('differ on the keys of cells that are wrong', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ world, ...times }) => {
        const [first, last] = boundariesOf(times)
        const isBetween = ({ slice }: Cell): boolean => slice >= first && slice < last
        const wrong = between(world, [first, last], (cell) => ({ ...cell, state: String(Number(cell.state) + 1) }))
        const cells = await world.layers.counters.readCells({ view: '', version: '', slices: slicesFrom(first, last), partitions: [0, 1, 2] })
        const { differing } = await compareAll(wrong)
        expect(new Set(differing)).toEqual(new Set(cells.filter(isBetween).map(({ key }) => key)))
      }),
      { numRuns: 100 },
    )
  })
})

function slicesFrom(first: number, last: number): number[] {
  return Array.from({ length: (last - first) / settings.sliceMs }, (_, at) => first + at * settings.sliceMs)
}

describe('what can not be compared', () => {
  const [world] = fc.sample(served, { numRuns: 1, seed: 7 })
  const compare = ({ layers, view, compared }: ReturnType<typeof between>) => compareLayers(layers, view, compared, limits)

  test('is a run that the speed layer has not reached in every partition', async () => {
    const given = between(world!, [1000, 2000])
    Object.assign(given.positions[1]!, { appendedAt: 1999 })
    expect(await compare(given)).toBe('too-early')
    given.positions.splice(1, 1)
    expect(await compare(given)).toBe('too-early')
  })

  test('is a stretch that the speed layer did not fold from its start', async () => {
    const given = between(world!, [1000, 2000])
    Object.assign(given.positions[0]!, { firstSlice: 1500 })
    expect(await compare(given)).toBe('gone')
  })

  test('is a stretch whose first cells may have expired, or do so while they are read', async () => {
    const { layers, view, compared } = between(world!, [1000, 2000])
    const at = (now: number) => compareLayers(layers, view, compared, { ...limits, now })
    expect(await at(1000 + limits.cellTtlMs - 60_001)).toMatchObject({ differing: [] })
    expect(await at(1000 + limits.cellTtlMs - 60_000)).toBe('gone')
  })

  test('is a run that was swept', async () => {
    const given = between(world!, [1000, 2000])
    const gone = async () => Promise.reject(new TwofoldError('RUN_GONE', 'swept'))
    Object.assign(given.layers.rows, { readRunRows: gone })
    expect(await compare(given)).toBe('gone')
  })
})
