import { updatesTopic } from '@twofold/core/live/updates.ts'
import type { EventLog, LogRecord, PartitionBounds, TopicPartition } from '@twofold/core/ports/event-log.ts'

export interface TailOptions {
  readonly log: EventLog
  /** A consumer group that nobody else is in: every reader reads everything. */
  readonly group: string
  /** The first update that is read was appended at this time or later, milliseconds. */
  readonly since: () => number
  /** Takes in the records of a partition, in order; where it rejects they are told again. `isReplay`: they stood in the topic at the start. */
  readonly take: (partition: number, records: readonly LogRecord[], isReplay: boolean) => Promise<void>
  /** The log does not go on where this partition was: all that was taken of it is void. */
  readonly onReset: (partition: number, nextOffset: number) => void
}

/** A reader of all of `view-updates`. */
export interface Tail {
  /** False until everything that stood in the topic at the start was taken. */
  readonly isCaughtUp: boolean
  /** The next offset of each partition. */
  readonly position: readonly number[]
  close(): Promise<void>
}

interface Reading {
  nextOffset: number
  /** Where the partition ended when it was first opened. */
  readonly end: number
}

/** Reads every partition from some time on, and goes on for ever. Resolves when the subscription stands. */
export async function tailUpdates({ log, group, since, take, onReset }: TailOptions): Promise<Tail> {
  const readings = new Map<number, Reading>()
  const partitions = (await log.readBounds(updatesTopic)).length
  let position = offsetsOf(readings, partitions)

  const begin = async (at: TopicPartition, { begin: first, end }: PartitionBounds): Promise<number> => {
    const nextOffset = Math.max(first, await log.findOffset(at, since()))
    readings.set(at.partition, { nextOffset, end })
    onReset(at.partition, nextOffset)
    position = offsetsOf(readings, partitions)
    return nextOffset
  }
  const subscription = await log.subscribe(group, [updatesTopic], {
    async open(at) {
      const bounds = (await log.readBounds(updatesTopic)).find(({ partition }) => partition === at.partition)!
      const reading = readings.get(at.partition)
      const goesOn = reading && reading.nextOffset >= bounds.begin && reading.nextOffset <= bounds.end
      return goesOn ? reading.nextOffset : begin(at, bounds)
    },
    async take({ partition }, records) {
      const reading = readings.get(partition)!
      const fresh = records.filter(({ offset }) => offset >= reading.nextOffset)
      await take(partition, fresh, reading.nextOffset < reading.end)
      const last = fresh.at(-1)
      if (!last) return
      reading.nextOffset = last.offset + 1
      position = offsetsOf(readings, partitions)
    },
    release: async () => undefined,
  })
  return {
    get isCaughtUp() {
      return readings.size === partitions && [...readings.values()].every(({ nextOffset, end }) => nextOffset >= end)
    },
    get position() {
      return position
    },
    close: () => subscription.close(),
  }
}

function offsetsOf(readings: ReadonlyMap<number, Reading>, partitions: number): readonly number[] {
  return Array.from({ length: partitions }, (_, partition) => readings.get(partition)?.nextOffset ?? 0)
}
