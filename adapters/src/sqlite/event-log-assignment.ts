import { setTimeout as sleep } from 'node:timers/promises'
import type { LogConsumer } from '@twofold/core/ports/event-log.ts'
import type { LogReader, Tail } from './event-log-reader.ts'

/** One partition in the hands of one member. */
export interface Assignment {
  /** Asks it to end after the running handler. */
  stop(): void
  /** Resolves when no handler runs any more and the partition was released. */
  readonly ended: Promise<void>
}

/** How long a partition rests after a handler failed. */
const restMs = 250

export function assign(reader: LogReader, tail: Tail, consumer: LogConsumer): Assignment {
  const abort = new AbortController()
  return { stop: () => abort.abort(), ended: serve(reader, tail, consumer, abort.signal) }
}

/** Opens, reads and releases the partition; after a failure once more, from where `open` then says. */
async function serve(reader: LogReader, tail: Tail, consumer: LogConsumer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const failed = await serveOnce(reader, tail, consumer, signal).then(
      () => false,
      () => true,
    )
    // The consumer knows its own failures; all that is asked of the log is to wait a little and to try again.
    if (failed) await sleep(restMs, undefined, { signal }).catch(() => {})
  }
}

async function serveOnce(reader: LogReader, tail: Tail, consumer: LogConsumer, signal: AbortSignal): Promise<void> {
  const { topic, partition } = tail
  let offset = await consumer.open({ topic, partition })
  try {
    await reader.checkOffset(tail, offset)
    for (;;) {
      const records = await reader.next(tail, offset, signal)
      if (!records) return
      await consumer.take({ topic, partition }, records)
      offset = records.at(-1)!.offset + 1
    }
  } finally {
    await consumer.release({ topic, partition })
  }
}
