import { encodeProgress, type ProcessedPartition, type Progress as ProgressRecord, updatesTopic } from '@twofold/core/live/updates.ts'
import type { EventLog, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { storedVersion } from '@twofold/core/views/view.ts'
import type { Progress } from '@twofold/dataflow/partition-work.ts'
import type { SpeedLayer } from './open-partition.ts'

export interface ProgressReporterOptions extends Pick<SpeedLayer, 'views' | 'settings' | 'updatePartitions'> {
  readonly log: Pick<EventLog, 'append' | 'readBounds'>
  readonly onProgress?: (topic: string, processed: readonly ProcessedPartition[]) => void
  /** Something could not be read or told; the next round tries again. `failures`: in a row. */
  readonly onProgressFailure?: (error: unknown, failures: number) => void
}

/** Tells the readers of `view-updates` how far the open partitions of this process are processed. */
export interface ProgressReporter {
  /** A partition is open, and all cells of what lies before `flushed` stand in `view-updates`. */
  note(partition: TopicPartition, flushed: Progress): void
  /** The partition is no longer ours. */
  forget(partition: TopicPartition): void
  /** One round; never rejects. The next one must not begin before it has ended. */
  report(): Promise<void>
  /** A round every so many milliseconds, until `stop`; what is under way then still ends by itself. */
  start(everyMs: number): void
  stop(): void
}

/**
 * A partition is processed up to the appended time of what was flushed. If all that it held was flushed, it is processed
 * up to the moment at which its end was read, with no event needed. That moment is told in the log's own clock: the
 * previous round was appended before it. What is appended later has a later time, but for brokers whose clocks differ
 * or that have not copied a record yet: that is within a view's grace.
 *
 * Known limit: where a partition's end lies beyond its last record (Kafka, behind the markers of another program's
 * transactions), it counts as processed up to that record only, until the next record comes.
 */
export function createProgressReporter(options: ProgressReporterOptions): ProgressReporter {
  const { log, updatePartitions, onProgress, onProgressFailure } = options
  const open = new Map<string, Map<number, Progress>>()
  let toldAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  const fail = (error: unknown): void => {
    failures++
    // The log may be closed while the last round is under way.
    if (!isStopped) onProgressFailure?.(error, failures)
  }
  /** Without its ends a topic's partitions still are as far as what was flushed. */
  const readEnds = async (topic: string): Promise<readonly [string, Map<number, number>]> => {
    const bounds = await log.readBounds(topic).catch((error: unknown) => (fail(error), []))
    return [topic, new Map(bounds.map(({ partition, end }) => [partition, end]))]
  }
  const tell = async (): Promise<void> => {
    const previousAt = toldAt
    const ends = await Promise.all([...open.keys()].map(readEnds))
    // Synchronously from what is flushed now: a flush that ends later is told in the next round.
    const told = ends.flatMap(([topic, endOf]) => progressOf(options, topic, processedOf(open.get(topic), endOf, previousAt)))
    const records = told.flatMap((progress) => encodeForAll(progress, updatePartitions))
    if (records.length === 0) return
    const appended = await log.append(updatesTopic, records)
    toldAt = Math.min(...appended.map(({ appendedAt }) => appendedAt))
    for (const { topic, processed } of told) onProgress?.(topic, processed)
  }
  const report = async (): Promise<void> => {
    const before = failures
    await tell().catch(fail)
    if (failures === before) failures = 0
  }
  const goOn = (everyMs: number): void => {
    timer = setTimeout(() => void report().then(() => isStopped || goOn(everyMs)), everyMs)
  }
  return {
    note({ topic, partition }, flushed) {
      const partitions = open.get(topic) ?? new Map<number, Progress>()
      open.set(topic, partitions.set(partition, flushed))
    },
    forget({ topic, partition }) {
      const partitions = open.get(topic)
      partitions?.delete(partition)
      if (partitions?.size === 0) open.delete(topic)
    },
    report,
    start: goOn,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

function processedOf(partitions: ReadonlyMap<number, Progress> | undefined, endOf: ReadonlyMap<number, number>, previousAt: number): ProcessedPartition[] {
  return [...(partitions ?? [])].map(([partition, { nextOffset, appendedAt }]) => {
    const isAtEnd = nextOffset >= (endOf.get(partition) ?? Number.POSITIVE_INFINITY)
    return { partition, nextOffset, until: isAtEnd ? Math.max(appendedAt, previousAt) : appendedAt }
  })
}

function progressOf({ views, settings }: ProgressReporterOptions, topic: string, processed: readonly ProcessedPartition[]): ProgressRecord[] {
  if (processed.length === 0) return []
  const read = views.filter((view) => view.topic === topic)
  return [{ topic, views: read.map((view) => ({ view: view.name, version: storedVersion(view, settings) })), processed }]
}

function encodeForAll(progress: ProgressRecord, partitions: number) {
  return Array.from({ length: partitions }, (_, partition) => encodeProgress(progress, partition))
}
