import type { EventLog, LogRecord } from '@twofold/core/ports/event-log.ts'
import { until } from './client.ts'

/** All records of a topic, once its partitions hold so many that a test wants to see. */
export async function readTopic(log: EventLog, topic: string, isEnough: (records: readonly LogRecord[]) => boolean): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const subscription = await log.subscribe(`test-of-${topic}`, [topic], {
    open: async () => 0,
    take: async (_partition, taken) => void records.push(...taken),
    release: async () => undefined,
  })
  try {
    return await until(async () => records, isEnough)
  } finally {
    await subscription.close()
  }
}
