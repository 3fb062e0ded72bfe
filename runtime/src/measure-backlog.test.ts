import type { PartitionBounds } from '@twofold/core/ports/event-log.ts'
import { expect, test } from 'vitest'
import { measureBacklog } from './measure-backlog.ts'
import { measureFlushes } from './measure-flushes.ts'
import { createMetrics } from './metrics.ts'

function start(readBounds: () => Promise<PartitionBounds[]>) {
  const metrics = createMetrics({ service: 'test' })
  const meter = measureBacklog({ metrics, log: { readBounds }, name: 'backlog', help: 'Backlog.', timeoutMs: 20 })
  const lines = async (): Promise<string[]> => (await metrics.text()).split('\n').filter((line) => line.startsWith('backlog'))
  return { meter, lines, metrics }
}

const bounds = [0, 1, 2].map((partition) => ({ partition, begin: 0, end: 100 }))

test('the backlog of each partition of the process is told, and of no other', async () => {
  const { meter, lines } = start(async () => bounds)
  meter.note({ topic: 'like', partition: 0 }, 90)
  meter.note({ topic: 'like', partition: 1 }, 100)
  meter.note({ topic: 'like', partition: 2 }, 1)
  meter.forget({ topic: 'like', partition: 2 })
  meter.note({ topic: 'like', partition: 0 }, 97)
  expect(await lines()).toEqual([
    'backlog{topic="like",partition="0",service="test"} 3',
    'backlog{topic="like",partition="1",service="test"} 0',
  ])
})

test.each([
  ['fails', () => Promise.reject(new Error('down'))],
  ['does not answer', () => new Promise<never>(() => {})],
])('a log that %s leaves the backlog out, and the scrape goes on', async (_how, readBounds) => {
  const { meter, lines } = start(readBounds)
  meter.note({ topic: 'like', partition: 0 }, 90)
  expect(await lines()).toEqual([])
})

test('flushes are timed in seconds, and failures counted', async () => {
  const { metrics } = start(async () => bounds)
  const timesOf = measureFlushes(metrics, () => 0, { seconds: 'speed_flush_seconds', failures: 'speed_flush_failures_total', layer: 'the speed layer' })
  const times = timesOf('like')
  expect(await metrics.text()).toContain('speed_flush_failures_total{topic="like",service="test"} 0')
  times.onFlushed(250)
  times.onFlushFailed()
  const text = await metrics.text()
  expect(text).toContain('speed_flush_seconds_sum{service="test",topic="like"} 0.25')
  expect(text).toContain('speed_flush_failures_total{topic="like",service="test"} 1')
})
