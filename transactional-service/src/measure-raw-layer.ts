import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { EventLog, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { Progress } from '@twofold/dataflow/partition-work.ts'
import { measureBacklog } from '@twofold/runtime/measure-backlog.ts'
import { measureFlushes } from '@twofold/runtime/measure-flushes.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { TransactionalServiceOptions } from './create-transactional-service.ts'

type Hooks = 'onWritten' | 'onOpen' | 'onFlush' | 'onRelease' | 'timesOf'

interface Measured {
  readonly metrics: Metrics
  readonly log: Pick<EventLog, 'readBounds'>
  readonly events: readonly AnyEventType[]
  readonly elapsed: () => number
}

/** The figures of the raw rows. */
export function measureRawLayer({ metrics, log, events, elapsed }: Measured): Required<Pick<TransactionalServiceOptions, Hooks>> {
  const labels = ['topic'] as const
  const inserted = metrics.counter({ name: 'raw_rows_total', help: 'Events stored.', labels })
  const repeats = metrics.counter({ name: 'raw_repeats_total', help: 'Records whose id was stored before.', labels })
  const late = metrics.counter({ name: 'raw_late_repeats_total', help: 'Repeats that the speed layer may have counted until a run passed them.', labels })
  const conflicts = metrics.counter({ name: 'raw_conflicts_total', help: 'Repeats with another payload.', labels })
  const dead = metrics.counter({ name: 'dead_letters_total', help: 'Records that could not be decoded.', labels })
  const timesOf = measureFlushes(metrics, elapsed, { seconds: 'raw_flush_seconds', failures: 'raw_flush_failures_total', layer: 'the transactional service' })
  // From 0 on: an increase is not seen of a figure that begins with 1.
  for (const { topic } of events) for (const counter of [inserted, repeats, late, conflicts, dead]) counter.inc({ topic }, 0)
  const backlog = measureBacklog({ metrics, log, name: 'raw_backlog_records', help: 'Records of a partition that are not stored as raw rows yet.' })
  const noteProgress = (partition: TopicPartition, { nextOffset }: Progress): void => backlog.note(partition, nextOffset)
  return {
    onWritten(topic, result, deadLetters) {
      inserted.inc({ topic }, result.inserted)
      repeats.inc({ topic }, result.repeats)
      late.inc({ topic }, result.lateRepeats)
      conflicts.inc({ topic }, result.conflicts)
      dead.inc({ topic }, deadLetters)
    },
    onOpen: noteProgress,
    onFlush: noteProgress,
    onRelease: backlog.forget,
    timesOf,
  }
}
