import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppendedRecord, EventLog, LogRecord, NewRecord, Subscription } from './event-log.ts'
import { type ConsumerOptions, GroupMemory, RecordingConsumer } from './event-log.contract-consumer.ts'

export interface OpenedLog {
  readonly log: EventLog
  /** Whatever the test set-up must tidy after `log.close()`. */
  close?(): Promise<void>
}

/** How the contract gets at a log. */
export interface Candidate {
  open(): Promise<OpenedLog>
  /** Opens the log that `open` opened once more, as a process that starts again would. Default: `open`. */
  reopen?(): Promise<OpenedLog>
}

export type Clause = (bench: Bench) => Promise<void>

export interface Bench {
  readonly log: EventLog
  /** Makes a topic that nobody else uses and answers its name. */
  makeTopic(partitions?: number): Promise<string>
  /** A second connection to the same log. */
  reopen(): Promise<EventLog>
  /** A member of `group` (default: a group that nobody else uses) that writes down what happens to it. */
  join(topics: string | readonly string[], options?: JoinOptions): Promise<Member>
  /** All records of a topic, read by a group of its own, sorted by partition and offset. */
  readAll(topic: string, count: number, log?: EventLog): Promise<LogRecord[]>
  close(): Promise<void>
}

export interface JoinOptions extends ConsumerOptions {
  readonly group?: string
  readonly memory?: GroupMemory
  readonly log?: EventLog
}

export type Member = RecordingConsumer & { readonly subscription: Subscription }

/** What one clause needs; `close` ends the subscriptions and connections that the clause left open. */
export function openBench(candidate: Candidate, { log }: OpenedLog): Bench {
  const closers: (() => Promise<void>)[] = []
  const makeTopic = async (partitions = 1): Promise<string> => {
    const topic = unique('topic')
    await log.createTopics([topic], { partitions, retentionMs: 3_600_000 })
    return topic
  }
  const reopen = async (): Promise<EventLog> => {
    const opened = await (candidate.reopen ?? candidate.open).call(candidate)
    closers.push(async () => {
      await opened.log.close()
      await opened.close?.()
    })
    return opened.log
  }
  const join = async (topics: string | readonly string[], options: JoinOptions = {}): Promise<Member> => {
    const consumer = new RecordingConsumer(options.memory ?? new GroupMemory(), options)
    const group = options.group ?? unique('group')
    const subscription = await (options.log ?? log).subscribe(group, [topics].flat(), consumer)
    closers.push(() => subscription.close())
    return Object.assign(consumer, { subscription })
  }
  const readAll = async (topic: string, count: number, from = log): Promise<LogRecord[]> => {
    const reader = await join(topic, { log: from })
    await waitUntil(`${count} records of ${topic}`, () => reader.records.length >= count)
    await reader.subscription.close()
    return reader.records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
  }
  const close = async (): Promise<void> => {
    for (const closeOne of closers.reverse()) await closeOne()
  }
  return { log, makeTopic, reopen, join, readAll, close }
}

export function unique(kind: string): string {
  return `contract-${kind}-${randomUUID()}`
}

/** A record with what a clause doesn't care about filled in. */
export function record(value: NewRecord['value'], rest: Partial<NewRecord> = {}): NewRecord {
  return { key: null, headers: {}, ...rest, value }
}

export function numbered(count: number, rest: Partial<NewRecord> = {}): NewRecord[] {
  return Array.from({ length: count }, (_, i) => record(String(i), rest))
}

export function textOf(bytes: Uint8Array | string | null | undefined): string | null {
  if (bytes === null || bytes === undefined || typeof bytes === 'string') return bytes ?? null
  return Buffer.from(bytes).toString('utf8')
}

export function placeOf({ partition, offset }: AppendedRecord | LogRecord): string {
  return `${partition}@${offset}`
}

/** Polls until the condition holds; fails with `what` after a minute. */
export async function waitUntil(what: string, holds: () => boolean, timeoutMs = 60_000): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs > timeoutMs) throw new Error(`waited in vain for ${what}`)
    await sleep(10)
  }
}
