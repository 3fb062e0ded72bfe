import type { EventLog } from '@twofold/core/ports/event-log.ts'
import { measureBacklog } from '@twofold/runtime/measure-backlog.ts'
import { measureFlushes } from '@twofold/runtime/measure-flushes.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { StreamProcessorOptions } from './create-stream-processor.ts'

type Hooks = 'onFlush' | 'onRepeat' | 'onUpdates' | 'onCells' | 'onProgress' | 'onOpen' | 'onRelease' | 'timesOf'

interface Measured {
  readonly metrics: Metrics
  readonly log: Pick<EventLog, 'readBounds'>
  readonly elapsed: () => number
}

/** The figures of the speed layer. A record costs none of them anything but a repeat: they are told of flushes. */
export function measureSpeedLayer({ metrics, log, elapsed }: Measured): Required<Pick<StreamProcessorOptions, Hooks>> {
  const labels = ['topic'] as const
  const records = metrics.counter({ name: 'speed_records_total', help: 'Records folded by the speed layer.', labels })
  const repeats = metrics.counter({ name: 'speed_repeats_total', help: 'Repeats within the dedup horizon.', labels })
  const cells = metrics.counter({ name: 'speed_cells_total', help: 'Changed cells written to the counter store.', labels })
  const updates = metrics.counter({ name: 'view_updates_total', help: 'Changed cells appended to view-updates.', labels })
  const timesOf = measureFlushes(metrics, elapsed, { seconds: 'speed_flush_seconds', failures: 'speed_flush_failures_total', layer: 'the speed layer' })
  const backlog = measureBacklog({ metrics, log, name: 'speed_backlog_records', help: 'Records of a partition that the speed layer has not flushed yet.' })
  const gauges = createPartitionGauges(metrics)
  return {
    onRepeat: (topic) => repeats.inc({ topic }),
    onOpen: (partition, { nextOffset }) => backlog.note(partition, nextOffset),
    onFlush({ topic, partition }, progress, count) {
      records.inc({ topic }, count)
      gauges.appendedAt.set({ topic, partition: String(partition) }, progress.appendedAt / 1000)
      backlog.note({ topic, partition }, progress.nextOffset)
    },
    onRelease(partition) {
      backlog.forget(partition)
      const ofPartition = { topic: partition.topic, partition: String(partition.partition) }
      for (const gauge of Object.values(gauges)) gauge.remove(ofPartition)
    },
    onUpdates: (topic, count) => updates.inc({ topic }, count),
    onCells: (topic, count) => cells.inc({ topic }, count),
    onProgress(topic, processed) {
      for (const { partition, until } of processed) gauges.processedUntil.set({ topic, partition: String(partition) }, until / 1000)
    },
    timesOf,
  }
}

/** Of the partitions of this process: one that moved would stand still here for ever. */
function createPartitionGauges(metrics: Metrics) {
  const labels = ['topic', 'partition'] as const
  const help = 'Time up to which a partition was told to be processed, also while nothing comes: windows close by the least of a topic.'
  return {
    appendedAt: metrics.gauge({ name: 'speed_appended_at_seconds', help: 'Appended time up to which a partition is folded.', labels }),
    processedUntil: metrics.gauge({ name: 'speed_processed_until_seconds', help, labels }),
  }
}
