import type { PublishedRun } from '@twofold/core/ports/row-store.ts'
import type { Layers } from '@twofold/core/serving/read-view.ts'
import { userCount } from '@twofold/core/views/user-count.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { createMetrics } from '@twofold/runtime/metrics.ts'
import { expect, test } from 'vitest'
import type { LagMeter } from './lag-meter.ts'
import { measureLayers } from './measure-layers.ts'
import { watchLayers } from './watch-layers.ts'

const views = [userCount]
const sliceMs = 1000

/** A history of one user a second, as both layers hold it; `miscount` is what the speed layer holds too much of a slice. */
function start() {
  let newest: PublishedRun | null = null
  let lagMs: number | null = 1500
  const down = new Set<string>()
  const world = { now: 10_000, foldedUntil: 0, miscount: 0 }
  const metrics = createMetrics({ service: 'test' })
  const refuseDown = (part: string): void => {
    if (down.has(part)) throw new Error('down')
  }
  const layers = {
    settings: { sliceMs, dedupHorizonMs: 0 },
    counters: {
      readPositions: async () => (refuseDown('counters'), [{ partition: 0, firstSlice: 0, since: 0, nextOffset: 1, appendedAt: world.foldedUntil }]),
      readCells: async ({ slices }: { slices: readonly number[] }) =>
        slices.map((slice) => ({ slice, partition: 0, key: 'all', stepMs: 0, from: 0, state: String(1 + world.miscount) })),
    },
    rows: {
      readNewestRun: async () => (refuseDown('rows'), newest),
      readRunRows: async ({ run }: { run: number }) => [{ key: 'all', stepMs: 0, from: 0, state: String(run) }],
    },
  } as unknown as Layers
  const lagMeter: Pick<LagMeter, 'lagsOf'> = {
    lagsOf: (_topic, readerOf) => (down.has('log') ? null : [{ partition: 0, lagMs: readerOf(0) ? lagMs : null, isForgotten: false }]),
  }
  const now = (): number => world.now
  const hooks = measureLayers({ metrics, logger: silentLogger, views, partitions: 1, lagMeter, live: { processedUntil: () => 9000 }, now })
  const watch = watchLayers({ layers, views, partitions: 1, cellTtlMs: 3_600_000, now, everyMs: 1000, ...hooks })
  const figure = async (name: string): Promise<string[]> => {
    await watch.look()
    return (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(line.lastIndexOf(' ') + 1))
  }
  return {
    world,
    figure,
    /** The run of so many seconds of history. */
    publish: (run: number) => void (newest = { run, boundary: run * sliceMs, publishedAt: 0, views: [] }),
    lag: (ms: number | null) => void (lagMs = ms),
    fail: (...parts: ('rows' | 'counters' | 'log')[]) => parts.forEach((part) => down.add(part)),
  }
}

test('the age of the boundary is infinite before the first run, and grows also while the row store is down', async () => {
  const { figure, publish, world, fail } = start()
  expect(await figure('boundary_age_seconds')).toEqual(['+Inf'])
  publish(8)
  expect(await figure('boundary_age_seconds')).toEqual(['2'])
  fail('rows', 'counters', 'log')
  world.now = 20_000
  expect(await figure('boundary_age_seconds')).toEqual(['12'])
})

test('the lag of a partition is told in seconds, and is infinite when nobody knows since when', async () => {
  const { figure, lag } = start()
  expect(await figure('speed_lag_seconds')).toEqual(['1.5'])
  lag(null)
  expect(await figure('speed_lag_seconds')).toEqual(['+Inf'])
})

test('the lag grows on while the stores are down, from what was known of the readers', async () => {
  const { figure, lag, fail } = start()
  expect(await figure('speed_lag_seconds')).toEqual(['1.5'])
  fail('rows', 'counters')
  lag(40_000)
  expect(await figure('speed_lag_seconds')).toEqual(['40'])
})

test('the lag is infinite once the log can not be asked, and where the readers were never known', async () => {
  const [blind, lost] = [start(), start()]
  expect(await blind.figure('speed_lag_seconds')).toEqual(['1.5'])
  blind.fail('log')
  expect(await blind.figure('speed_lag_seconds')).toEqual(['+Inf'])
  lost.fail('counters')
  expect(await lost.figure('speed_lag_seconds')).toEqual(['+Inf'])
})

test('layers that agree are sampled, once the speed layer has passed the boundary', async () => {
  const { figure, publish, world } = start()
  publish(3)
  await figure('layer_drift_samples_total')
  publish(5)
  world.foldedUntil = 4999
  expect(await figure('layer_drift_samples_total')).toEqual([])
  world.foldedUntil = 5000
  expect(await figure('layer_drift_samples_total')).toEqual(['1'])
  expect(await figure('layer_drift_samples_total')).toEqual(['1'])
  expect(await figure('layer_drift_differing_samples')).toEqual(['0'])
})

test('layers that differ are told until they agree again', async () => {
  const { figure, publish, world } = start()
  world.foldedUntil = 60_000
  publish(3)
  await figure('layer_drift_samples_total')
  world.miscount = 1
  publish(5)
  expect(await figure('layer_drift_differing_samples')).toEqual(['1'])
  world.miscount = 0
  publish(6)
  expect(await figure('layer_drift_differing_samples')).toEqual(['0'])
})

test('how far windows are closed is told', async () => {
  expect(await start().figure('live_processed_until_seconds')).toEqual(['9'])
})
