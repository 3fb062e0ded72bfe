import { isRetriable, isTwofoldError, TwofoldError } from '@twofold/core/errors.ts'
import type { EventLog, LogRecord, Subscription, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { createPartitionClock, type PartitionClock } from '@twofold/core/slices/partition-clock.ts'
import { isTick } from '@twofold/core/slices/tick.ts'
import type { PartitionWork, Progress } from './partition-work.ts'
import { type FlushTimes, timeFlushes } from './time-flushes.ts'

export interface PartitionsOptions {
  readonly log: EventLog
  readonly group: string
  readonly topics: readonly string[]
  /** Opens a partition that was just assigned. May be called again for one that was lost. */
  readonly open: (partition: TopicPartition) => Promise<PartitionWork>
  /** A flush comes this long after the first change; 0 flushes each batch before the next one is read. Milliseconds. */
  readonly flushMs: number
  /** Once so many records wait for a flush the partition is read no further. */
  readonly maxPending: number
  /** How long a released partition may still try to flush. Milliseconds. */
  readonly closeTimeoutMs: number
  /** Repeats an action while its error is worth waiting for; rejects when it is not, or when `signal` aborts. */
  readonly retry: (action: () => Promise<void>, signal: AbortSignal) => Promise<void>
  /** A flush failed for good: the process can't go on. */
  readonly onFatal: (error: unknown) => void
  /** A partition was opened: this is where reading begins. */
  readonly onOpen?: (partition: TopicPartition, start: Progress) => void
  readonly onFlush?: (partition: TopicPartition, progress: Progress, records: number) => void
  /** The partition is no longer ours, and none of its flushes is under way any more. */
  readonly onRelease?: (partition: TopicPartition) => void
  /** Who is told how long the flushes of a topic take. */
  readonly timesOf?: (topic: string) => FlushTimes
}

/**
 * The one loop of the system: poll, fold, flush, commit. Reads the partitions that the group assigns to this process,
 * keeps each partition's appended time, leaves the ticks out, and flushes in micro-batches.
 */
export async function runPartitions(options: PartitionsOptions): Promise<Subscription> {
  const open = new Map<string, OpenPartition>()
  const subscribed: Promise<Subscription> = options.log.subscribe(options.group, options.topics, {
    async open(partition) {
      const opened = await openOrFail(options, partition)
      options.onOpen?.(partition, opened.start)
      const work = options.timesOf ? timeFlushes(opened, options.timesOf(partition.topic)) : opened
      const report = async ({ nextOffset }: Progress): Promise<void> => (await subscribed).reportPosition(partition, nextOffset)
      open.set(nameOf(partition), createOpenPartition(partition, work, options, report))
      return work.start.nextOffset
    },
    async take(partition, records) {
      await open.get(nameOf(partition))?.take(records)
    },
    async release(partition) {
      const released = open.get(nameOf(partition))
      open.delete(nameOf(partition))
      await released?.close()
      options.onRelease?.(partition)
    },
  })
  const subscription = await subscribed
  return {
    reportPosition: (partition, nextOffset) => subscription.reportPosition(partition, nextOffset),
    async close() {
      // A batch that waits for a store holds its partition: the log lets go of it only once that wait has ended.
      for (const partition of open.values()) partition.closeSoon()
      await subscription.close()
    },
  }
}

/** What is down is waited for by whoever asked; what is wrong stops the process before it writes something wrong. */
async function openOrFail({ open, onFatal }: PartitionsOptions, partition: TopicPartition): Promise<PartitionWork> {
  try {
    return await open(partition)
  } catch (error) {
    if (!isRetriable(error) && !isExpected(error)) onFatal(error)
    throw error
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

interface OpenPartition {
  take(records: readonly LogRecord[]): Promise<void>
  /** From now on a flush has so long, and no longer. */
  closeSoon(): void
  close(): Promise<void>
}

function createOpenPartition(
  partition: TopicPartition,
  work: PartitionWork,
  options: PartitionsOptions,
  report: (progress: Progress) => Promise<void>,
): OpenPartition {
  const clock = createPartitionClock(work.start.appendedAt)
  const end = createDeadline(options.closeTimeoutMs)
  let nextOffset = work.start.nextOffset
  let pending = 0
  let flushing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  const flushNow = async (): Promise<void> => {
    if (pending === 0 || end.signal.aborted) return
    const [progress, records] = [{ nextOffset, appendedAt: clock.appendedAt }, pending]
    pending = 0
    await Promise.race([options.retry(work.flush(progress), end.signal), end.reached])
    // Told on the side: a displayed lag holds nothing up.
    void report(progress).catch(() => undefined)
    options.onFlush?.(partition, progress, records)
  }
  /** Flushes follow one another: a later one covers what an earlier one wrote. */
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    flushing = flushing.then(flushNow)
    flushing.catch(fail)
    return flushing
  }
  const fail = (error: unknown): void => {
    if (!end.signal.aborted && !isExpected(error)) options.onFatal(error)
  }
  const fold = (records: readonly LogRecord[]): void => {
    try {
      foldAll(work, clock, records)
    } catch (error) {
      fail(error)
      throw error
    }
    pending += records.length
    nextOffset = (records.at(-1)?.offset ?? nextOffset - 1) + 1
  }
  return {
    async take(records) {
      fold(records)
      if (options.flushMs === 0 || pending >= options.maxPending) await flush()
      else timer ??= setTimeout(() => void flush(), options.flushMs)
    },
    closeSoon: end.approach,
    async close() {
      end.approach()
      await flush().catch(() => undefined)
      end.reach()
    },
  }
}

/** The time that a partition has left once it is to close: a call that a store does not answer must not outlast it. */
function createDeadline(timeoutMs: number): { signal: AbortSignal; reached: Promise<never>; approach(): void; reach(): void } {
  const controller = new AbortController()
  const { signal } = controller
  let timer: NodeJS.Timeout | undefined
  const reached = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new TwofoldError('CLOSED', 'the partition was let go')))
  })
  // It is waited for only together with a flush.
  reached.catch(() => undefined)
  const reach = (): void => {
    clearTimeout(timer)
    controller.abort()
  }
  return { signal, reached, approach: () => void (timer ??= setTimeout(reach, timeoutMs)), reach }
}

/** A position that somebody else moved on means that the partition is not ours any more; a closed store, that we stop. */
function isExpected(error: unknown): boolean {
  return isTwofoldError(error, 'POSITION_MOVED') || isTwofoldError(error, 'CLOSED')
}

function foldAll(work: PartitionWork, clock: PartitionClock, records: readonly LogRecord[]): void {
  for (const record of records) {
    const appendedAt = clock.stamp(record.timestamp)
    if (!isTick(record)) work.fold(record, appendedAt)
  }
}
