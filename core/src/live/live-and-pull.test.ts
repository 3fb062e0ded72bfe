import fc from 'fast-check'
import { expect, it } from 'vitest'
import { serve } from '../serving/layers.contract.ts'
import { readWindows } from '../serving/read-windows.ts'
import { untilOf } from '../views/resolutions.ts'
import type { AlignedWindow, SessionWindow } from '../views/windows.ts'
import { begin, counted, type History, playHistory, read, second, type Step } from './live-history.contract.ts'

interface Told {
  readonly key: string
  readonly from: number
  readonly until: number
  readonly value: unknown
}

const place = { partition: fc.integer({ min: 0, max: 1 }) }
const late = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 1500 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 9_000_000 }) })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('event' as const), ...place, afterMs: fc.integer({ min: 0, max: 3000 }), lateMs: late, key: fc.constantFrom('a', 'b') }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const), ...place }) },
  ),
  { minLength: 1, maxLength: 150, size: 'max' },
)

async function pull({ events }: History, window: AlignedWindow | SessionWindow, boundary: number): Promise<Told[]> {
  const { layers, footing } = serve(counted, events.toSorted((left, right) => left.appendedAt - right.appendedAt), boundary)
  const { rows } = await readWindows(layers, counted, footing, window, { keys: ['a', 'b'], limit: 10_000 })
  return rows.map((row) => ({ key: row.key, from: row.from, until: untilOf(row), value: counted.fold.valueOf(row.state) }))
}

const nameOf = ({ key, from, until }: Omit<Told, 'value'>): string => `${key}/${from}/${until}`

it('a window that is held live has the value that it is answered with, wherever the boundary lies', async () => {
  let compared = 0
  const law = fc.asyncProperty(steps, fc.nat({ max: 8 }), async (all, minutes) => {
    const history = playHistory(all, 0)
    const live = read(history)
    for (const window of counted.windows as readonly (AlignedWindow | SessionWindow)[]) {
      const pulled = await pull(history, window, begin + minutes * 60 * second)
      const known = new Map(pulled.map((told) => [nameOf(told), told.value]))
      for (const report of live.since(window, 0)?.subjects ?? []) {
        if (report.isGone) continue
        // What came so late that it was put into a coarser bucket is answered as that, with all that the finer ones held.
        const isCoarser = ({ key, from, until }: Told): boolean =>
          key === report.key && from < report.until && until > report.from && until - from > report.until - report.from
        if (window.kind === 'aligned' && pulled.some(isCoarser)) continue
        expect([nameOf(report), live.valueOf(report)]).toEqual([nameOf(report), known.get(nameOf(report))])
        compared++
      }
    }
  })
  await fc.assert(law, { numRuns: 60, endOnFailure: true })
  expect(compared).toBeGreaterThan(1000)
})
