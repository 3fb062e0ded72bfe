import { TwofoldError } from '@twofold/core/errors.ts'
import type { LogRecord, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { askAgain, type TopicRow } from './event-log-read.worker.ts'
import { FrameReader } from './frame.ts'
import type { StoreWorker } from './worker.ts'

/** A partition as the database names it, and how far it is known to reach. */
export interface Tail extends TopicPartition {
  readonly topicId: number
  end: number
  readonly sleepers: Set<() => void>
}

interface Want {
  readonly tail: Tail
  readonly offset: number
  readonly records: Promise<LogRecord[] | undefined>
  resolve(records: LogRecord[] | undefined): void
  reject(error: unknown): void
}

/**
 * Reads batches through the thread. Reads that are asked for in one turn of the event loop travel together, and groups
 * that stand at the same offset share one read.
 */
export class LogReader {
  readonly #worker: StoreWorker
  readonly #tails = new Map<string, Tail>()
  readonly #tailsById = new Map<string, Tail>()
  #wants = new Map<string, Want>()

  constructor(worker: StoreWorker) {
    this.#worker = worker
  }

  /** The partitions of a topic; TOPIC_MISCONFIGURED when nobody made it. */
  async describe(topic: string): Promise<TopicRow[]> {
    const rows = await this.#worker.call<TopicRow[]>('describe', topic)
    if (rows.length === 0) throw new TwofoldError('TOPIC_MISCONFIGURED', `there is no topic ${topic}`)
    return rows
  }

  async openTails(topic: string): Promise<Tail[]> {
    return (await this.describe(topic)).map(({ id, partition, end }) => this.#openTail(id, { topic, partition }, end))
  }

  /** Refuses (LOG_TRUNCATED) an offset outside of what the partition holds: to read on elsewhere would hide a hole. */
  async checkOffset(tail: Tail, offset: number): Promise<void> {
    const { begin, end } = (await this.describe(tail.topic)).find(({ partition }) => partition === tail.partition)!
    if (offset < begin || offset > end) throw outOfBounds(tail, offset)
    moveTail(tail, end)
  }

  /** The next records from `offset` on, at least one; undefined once `signal` is aborted. */
  async next(tail: Tail, offset: number, signal: AbortSignal): Promise<LogRecord[] | undefined> {
    while (!signal.aborted) {
      if (offset >= tail.end) {
        await sleepAt(tail, signal)
        continue
      }
      const records = await this.#read(tail, offset)
      if (!records) continue
      // Records that are gone before they were read: they outlived the retention.
      if (records[0]?.offset !== offset) throw outOfBounds(tail, offset)
      return signal.aborted ? undefined : records
    }
    return undefined
  }

  /** Wakes who waits for records of a partition that were just appended through this log. */
  advance({ topic, partition }: TopicPartition, end: number): void {
    const tail = this.#tails.get(`${topic}/${partition}`)
    if (tail) moveTail(tail, end)
  }

  /** Looks for what other connections appended. */
  async poll(): Promise<void> {
    const ends = await this.#worker.call<Float64Array | null>('readEnds')
    for (let at = 0; ends && at < ends.length; at += 3) {
      const tail = this.#tailsById.get(`${ends[at]}/${ends[at + 1]}`)
      if (tail) moveTail(tail, ends[at + 2]!)
    }
  }

  #openTail(topicId: number, { topic, partition }: TopicPartition, end: number): Tail {
    const known = this.#tails.get(`${topic}/${partition}`)
    if (known) return known
    const tail: Tail = { topic, partition, topicId, end, sleepers: new Set() }
    this.#tails.set(`${topic}/${partition}`, tail)
    this.#tailsById.set(`${topicId}/${partition}`, tail)
    return tail
  }

  #read(tail: Tail, offset: number): Promise<LogRecord[] | undefined> {
    if (this.#wants.size === 0) queueMicrotask(() => void this.#send())
    const name = `${tail.topicId}/${tail.partition}/${offset}`
    const known = this.#wants.get(name)
    if (known) return known.records
    const { promise, resolve, reject } = Promise.withResolvers<LogRecord[] | undefined>()
    this.#wants.set(name, { tail, offset, records: promise, resolve, reject })
    return promise
  }

  async #send(): Promise<void> {
    const wants = [...this.#wants.values()]
    this.#wants = new Map()
    try {
      const packed = Float64Array.from(wants.flatMap(({ tail, offset }) => [tail.topicId, tail.partition, offset]))
      const frame = new FrameReader(await this.#worker.call<ArrayBuffer>('read', packed))
      for (const { tail, resolve } of wants) resolve(unpackBatch(frame, tail))
    } catch (error) {
      for (const { reject } of wants) reject(error)
    }
  }
}

function outOfBounds({ topic, partition }: Tail, offset: number): TwofoldError {
  return new TwofoldError('LOG_TRUNCATED', `${topic}/${partition} does not hold offset ${offset}`)
}

function moveTail(tail: Tail, end: number): void {
  if (end <= tail.end) return
  tail.end = end
  for (const wake of tail.sleepers) wake()
}

function sleepAt(tail: Tail, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      tail.sleepers.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    tail.sleepers.add(wake)
    signal.addEventListener('abort', wake)
  })
}

/** The records of one want; undefined when they didn't fit into the answer. */
function unpackBatch(frame: FrameReader, tail: Tail): LogRecord[] | undefined {
  const count = frame.int()
  if (count === askAgain) return undefined
  const first = count > 0 ? frame.float() : 0
  const records = new Array<LogRecord>(count)
  for (let i = 0; i < count; i++) records[i] = unpackRecord(frame, tail, first + i)
  return records
}

const noHeaders: LogRecord['headers'] = Object.freeze({})

/** Key and value are views of the frame: whoever keeps one keeps its whole batch in memory. */
function unpackRecord(frame: FrameReader, { topic, partition }: Tail, offset: number): LogRecord {
  const timestamp = frame.float()
  const [keyLength, valueLength, headersLength] = [frame.int(), frame.int(), frame.int()]
  const body = frame.bytes()!
  const valueStart = Math.max(keyLength, 0)
  const headersStart = valueStart + Math.max(valueLength, 0)
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: keyLength < 0 ? null : body.subarray(0, keyLength),
    value: valueLength < 0 ? null : body.subarray(valueStart, headersStart),
    headers: headersLength < 0 ? noHeaders : (JSON.parse(body.toString('utf8', headersStart)) as LogRecord['headers']),
  }
}
