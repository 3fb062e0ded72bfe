import type { AnyEventType } from '@twofold/core/events/event.ts'
import { reactions } from '@twofold/core/events/reaction.ts'
import { users } from '@twofold/core/events/user.ts'
import { views } from '@twofold/core/views/index.ts'
import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { fillRows } from '../batch/fill-rows.ts'
import { publishRun } from '../batch/publish-run.ts'
import { openLog, openRows } from '../stores.ts'
import { idAt, reactionAt } from '../workload.ts'

export const partitions = 4
export const settings = { sliceMs: 60_000, dedupHorizonMs: 600_000 }

const yearMs = 365 * 86_400_000
/** Of a sequence that fills an interval evenly, whatever its length. */
const goldenRatio = 0.618_033_988_749_895

/** Writes a year of reactions, and a fifth as many users, and publishes a run over them. */
export async function fillHistory(urls: StoreUrls, length: number): Promise<void> {
  const [log, rows] = await Promise.all([openLog(urls), openRows(urls, [reactions, users])])
  const now = Date.now()
  const timesOf = (number: number) => ({
    occurredAt: Math.floor(now - 7_200_000 - yearMs * ((number * goldenRatio) % 1)),
    appendedAt: Math.floor(now - 7_200_000 + number / 1000),
  })
  type PayloadAt = (number: number, time: number) => object
  const fill = async (type: AnyEventType, count: number, payloadAt: PayloadAt): Promise<void> => {
    // Behind what the log holds already, so that the rows are not behind the ticks of the run.
    const bounds = await log.readBounds(type.topic)
    await fillRows({
      rows,
      type,
      partitions,
      settings,
      count,
      eventAt: (number) => {
        const times = timesOf(number)
        return { id: idAt(number), payload: payloadAt(number, times.occurredAt), ...times }
      },
      firstOffsetOf: (partition) => bounds[partition]!.end,
    })
  }
  await fill(reactions, length, reactionAt)
  await fill(users, length / 5, (number) => ({ id: idAt(number), name: `user ${number}` }))
  const events = [reactions, users]
  const topics = events.map(({ topic }) => topic)
  await publishRun({ log, rows, events, views: views.filter(({ topic }) => topics.includes(topic)), settings })
  await Promise.all([log.close(), rows.close()])
}
