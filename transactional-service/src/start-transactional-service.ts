import type { ServiceContext } from '@twofold/runtime/run-service.ts'
import { traceRecords } from '@twofold/runtime/trace-records.ts'
import { createTransactionalService } from './create-transactional-service.ts'
import { measureRawLayer } from './measure-raw-layer.ts'
import type { RawLayer } from './open-partition.ts'

/** Starts to store raw rows within a process. It has no routes. */
export async function startTransactionalService(context: ServiceContext, layer: RawLayer): Promise<[]> {
  const { metrics, clock, onStop, retry, fail } = context
  const subscription = await createTransactionalService({
    ...layer,
    closeTimeoutMs: 2500,
    retry,
    onFatal: fail,
    ...measureRawLayer({ metrics, log: layer.log, events: layer.events, elapsed: clock.elapsed }),
    traceRecord: traceRecords(context, 'store', 'event stored'),
  })
  onStop('transactional-service', () => subscription.close())
  return []
}
