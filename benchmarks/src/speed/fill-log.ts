import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { openLog } from '../stores.ts'
import { recordAt } from '../workload.ts'

export interface FillOptions {
  readonly urls: StoreUrls
  readonly topic: string
  readonly partitions: number
  readonly events: number
  /** At how many events per second of its own clock the log is filled, where that clock can be chosen (SQLite). */
  readonly perSecond: number
}

const chunk = 500
const concurrent = 8

/** Appends what ingest would have appended for so many reactions. */
export async function fillLog({ urls, topic, partitions, events, perSecond }: FillOptions): Promise<void> {
  const startedAt = Date.now() - (events / perSecond) * 1000
  let appended = 0
  const now = (): number => Math.floor(startedAt + (appended / perSecond) * 1000)
  const log = await openLog(urls, now)
  await log.createTopics([topic], { partitions, retentionMs: 86_400_000 })
  const append = async (): Promise<void> => {
    while (appended < events) {
      const first = appended
      appended += chunk
      await log.append(topic, Array.from({ length: chunk }, (_, at) => recordAt(first + at, now())))
    }
  }
  await Promise.all(Array.from({ length: concurrent }, append))
  await log.close()
}
