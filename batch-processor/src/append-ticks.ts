import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { AppendedRecord, EventLog } from '@twofold/core/ports/event-log.ts'
import { encodeTick } from '@twofold/core/slices/tick.ts'

export interface Tick extends AppendedRecord {
  readonly topic: string
}

export interface TickTarget {
  readonly log: EventLog
  readonly events: readonly AnyEventType[]
  readonly newId: () => string
}

/**
 * Appends a tick to every partition of every event topic. Whatever is appended after a tick has an appended time that
 * is no smaller, so the slices before the smallest tick are closed in the whole log.
 */
export async function appendTicks({ log, events, newId }: TickTarget): Promise<Tick[]> {
  const id = newId()
  const ticks = await Promise.all(events.map(({ topic }) => appendTicksOf(log, topic, id)))
  return ticks.flat()
}

async function appendTicksOf(log: EventLog, topic: string, id: string): Promise<Tick[]> {
  const partitions = await log.readBounds(topic)
  const appended = await log.append(
    topic,
    partitions.map(({ partition }) => encodeTick(partition, id)),
  )
  return appended.map((record) => ({ ...record, topic }))
}
