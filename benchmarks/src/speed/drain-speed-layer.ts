import { updatesTopic } from '@twofold/core/live/updates.ts'
import type { Subscription } from '@twofold/core/ports/event-log.ts'
import { createStreamProcessor } from '@twofold/stream-processor/create-stream-processor.ts'
import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { answer, measure } from '../side.ts'
import { openCounters, openLog, openRows } from '../stores.ts'
import { countViews, reactionsIn } from '../workload.ts'

export interface DrainOptions {
  readonly urls: StoreUrls
  readonly topic: string
  readonly nonce: string
  readonly views: number
  readonly events: number
  readonly dedupHorizonMs: number
}

const updatePartitions = 4

/** The whole path of the service: subscribe, parse, tell repeats, fold, publish updates, and write cells and positions. */
await answer(async ({ urls, topic, nonce, views, events, dedupHorizonMs }: DrainOptions) => {
  const type = reactionsIn(topic)
  const [log, counters, rows] = await Promise.all([openLog(urls), openCounters(urls), openRows(urls, [type])])
  await log.createTopics([updatesTopic], { partitions: updatePartitions, retentionMs: 86_400_000 })
  const drained = Promise.withResolvers<void>()
  let count = 0
  let subscription: Subscription | undefined
  const usage = await measure(async () => {
    subscription = await createStreamProcessor({
      log,
      counters,
      rows,
      events: [type],
      views: countViews(type, nonce, views),
      settings: { sliceMs: 60_000, dedupHorizonMs },
      updatePartitions,
      flushMs: 200,
      progressMs: 500,
      maxPending: 50_000,
      closeTimeoutMs: 4000,
      retry: (action) => action(),
      onFatal: drained.reject,
      onFlush(_, __, records) {
        count += records
        if (count >= events) drained.resolve()
      },
    })
    await drained.promise
    return count
  })
  // Or the group would wait for this member while the next one joins.
  await subscription?.close()
  return usage
})
