import { setTimeout as sleep } from 'node:timers/promises'
import type { LogConsumer, LogRecord, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { KafkaLogger } from './logging.ts'
import { backoffMs } from './patience.ts'

/** What a lane asks of the client that fetches. */
export interface Flow {
  pause(partition: TopicPartition): void
  resume(partition: TopicPartition): void
  seek(partition: TopicPartition, offset: number): void
}

export interface LaneSettings {
  readonly consumer: LogConsumer
  readonly flow: Flow
  readonly logger: KafkaLogger
}

/** Whatever a fetch brings, a `take` gets no more than this. */
const maxTakeRecords = 5_000
const maxBackoffMs = 5_000

/**
 * One assigned partition, from its first `open` to its last `release`, with its takes one after the other. It keeps its
 * own place in the log: whatever the client fetched from elsewhere (a committed offset, the end of the log after a
 * reset, what was under way during a seek) is not what is expected and is dropped.
 */
export class Lane {
  readonly partition: TopicPartition
  /** Resolves when the partition was released for good. */
  readonly done: Promise<void>
  readonly #settings: LaneSettings
  readonly #end = new AbortController()
  /** The offset expected next, counting what waits; undefined while nobody said where to read. */
  #next: number | undefined
  #waiting: LogRecord[][] = []
  #held = false
  #bell = Promise.withResolvers<void>()
  #room: PromiseWithResolvers<void> | undefined

  /** `after`: when the partition's former lane is done. */
  constructor(partition: TopicPartition, settings: LaneSettings, after: Promise<void> = Promise.resolve()) {
    this.partition = partition
    this.#settings = settings
    this.done = after.then(() => this.#live())
  }

  /** True if a batch fetched from this offset is the next one; otherwise the client is told to read from there. */
  expects(offset: number): boolean {
    if (this.#next !== undefined && this.#next !== offset) this.#settings.flow.seek(this.partition, this.#next)
    return this.#next === offset
  }

  /** Call it only for the batch that `expects` said yes to; `next` is the offset after its last record. */
  push(records: readonly LogRecord[], next: number): void {
    this.#next = next
    for (let i = 0; i < records.length; i += maxTakeRecords) this.#waiting.push(records.slice(i, i + maxTakeRecords))
    this.#ring()
  }

  /** The client passed over offsets without a record for us, such as the marks of transactions. */
  skip(first: number, last: number): void {
    if (this.#next !== undefined && first <= this.#next && last >= this.#next) this.#next = last + 1
  }

  /** Resolves when nothing waits, or after `patienceMs`: then the partition is paused until nothing waits. */
  async room(patienceMs: number): Promise<void> {
    if (this.#waiting.length === 0) return
    this.#room ??= Promise.withResolvers()
    const timer = setTimeout(() => this.#holdBack(), patienceMs)
    await this.#room.promise
    clearTimeout(timer)
  }

  /** The client joined the group once more and forgot where we stood. */
  rejoined(): void {
    const { flow } = this.#settings
    if (this.#next !== undefined) flow.seek(this.partition, this.#next)
    if (this.#next === undefined || this.#held) flow.pause(this.partition)
    else flow.resume(this.partition)
  }

  /** The place is not in the log any more: release and ask again. */
  reopen(): void {
    this.#reset()
    this.#ring()
  }

  /** Lets the running take end, then releases. */
  close(): Promise<void> {
    this.#end.abort()
    this.#reset()
    this.#ring()
    return this.done
  }

  get #ended(): boolean {
    return this.#end.signal.aborted
  }

  async #live(): Promise<void> {
    for (let failures = 0; !this.#ended; failures++) {
      if (failures > 0) await this.#backOff(failures)
      const offset = this.#ended ? undefined : await this.#open()
      if (offset === undefined) continue
      if (!this.#ended) this.#start(offset)
      if (await this.#work()) failures = 0
      await this.#release()
    }
  }

  #backOff(failures: number): Promise<void> {
    const delayMs = backoffMs(failures - 1, maxBackoffMs)
    return sleep(delayMs, undefined, { signal: this.#end.signal }).catch(() => {})
  }

  #start(offset: number): void {
    this.#next = offset
    this.#settings.flow.seek(this.partition, offset)
    this.#settings.flow.resume(this.partition)
  }

  /** Until the lane has no place any more. Answers whether a take succeeded. */
  async #work(): Promise<boolean> {
    let succeeded = false
    while (this.#next !== undefined) {
      const records = this.#waiting.shift()
      if (this.#waiting.length === 0) this.#makeRoom()
      if (!records) await this.#hear()
      else if (await this.#take(records)) succeeded = true
      else this.#reset()
    }
    return succeeded
  }

  async #open(): Promise<number | undefined> {
    try {
      return await this.#settings.consumer.open(this.partition)
    } catch (error) {
      this.#warn('could not be opened, will be tried again', error)
      return undefined
    }
  }

  async #take(records: readonly LogRecord[]): Promise<boolean> {
    try {
      await this.#settings.consumer.take(this.partition, records)
      return true
    } catch (error) {
      this.#warn('could not be taken on, will be opened again', error)
      return false
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#settings.consumer.release(this.partition)
    } catch (error) {
      this.#warn('was released with an error', error)
    }
  }

  #reset(): void {
    this.#next = undefined
    this.#waiting = []
    this.#held = false
    this.#settings.flow.pause(this.partition)
    this.#room?.resolve()
    this.#room = undefined
  }

  #holdBack(): void {
    this.#held = true
    this.#settings.flow.pause(this.partition)
    this.#room?.resolve()
    this.#room = undefined
  }

  #makeRoom(): void {
    if (this.#held) this.#settings.flow.resume(this.partition)
    this.#held = false
    this.#room?.resolve()
    this.#room = undefined
  }

  #ring(): void {
    this.#bell.resolve()
  }

  async #hear(): Promise<void> {
    await this.#bell.promise
    this.#bell = Promise.withResolvers()
  }

  #warn(what: string, error: unknown): void {
    this.#settings.logger.warn(`a partition ${what}`, { ...this.partition, error })
  }
}
