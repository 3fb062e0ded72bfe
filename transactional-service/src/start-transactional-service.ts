import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import { createTransactionalService } from './create-transactional-service.ts'
import type { RawLayer } from './open-partition.ts'

/** Starts to store raw rows within a process. It has no routes. */
export async function startTransactionalService(context: ServiceContext, layer: RawLayer): Promise<[]> {
  const { metrics, onStop, retry, fail } = context
  const labels = ['topic'] as const
  const inserted = metrics.counter({ name: 'raw_rows_total', help: 'Events stored.', labels })
  const repeats = metrics.counter({ name: 'raw_repeats_total', help: 'Records whose id was stored before.', labels })
  const late = metrics.counter({ name: 'raw_late_repeats_total', help: 'Repeats that the speed layer may have counted until a run passed them.', labels })
  const conflicts = metrics.counter({ name: 'raw_conflicts_total', help: 'Repeats with another payload.', labels })
  const dead = metrics.counter({ name: 'dead_letters_total', help: 'Records that could not be decoded.', labels })
  const subscription = await createTransactionalService({
    ...layer,
    closeTimeoutMs: 2500,
    retry,
    onFatal: fail,
    onWritten(topic, result, deadLetters) {
      inserted.inc({ topic }, result.inserted)
      repeats.inc({ topic }, result.repeats)
      late.inc({ topic }, result.lateRepeats)
      conflicts.inc({ topic }, result.conflicts)
      dead.inc({ topic }, deadLetters)
    },
  })
  onStop('transactional-service', () => subscription.close())
  return []
}
