import type { LogConsumer, LogRecord, TopicPartition } from './event-log.ts'

export interface ConsumerOptions {
  /** Runs inside `take`, before the records count as processed. */
  onTake?(partition: TopicPartition, records: readonly LogRecord[]): Promise<void> | void
  onRelease?(partition: TopicPartition): Promise<void> | void
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** What the members of a group share: where each partition stands, and who has it. */
export class GroupMemory {
  readonly positions = new Map<string, number>()
  readonly owners = new Map<string, RecordingConsumer>()
  /** Broken promises, as sentences. A clause expects none. */
  readonly violations: string[] = []

  startAt(partition: TopicPartition, offset: number): this {
    this.positions.set(nameOf(partition), offset)
    return this
  }
}

/** A consumer that goes on where its group stood and writes down every call, and every call out of turn. */
export class RecordingConsumer implements LogConsumer {
  readonly memory: GroupMemory
  readonly records: LogRecord[] = []
  readonly batches: (readonly LogRecord[])[] = []
  readonly calls: string[] = []
  readonly owned = new Set<string>()
  readonly #taking = new Set<string>()
  readonly #options: ConsumerOptions

  constructor(memory: GroupMemory, options: ConsumerOptions) {
    this.memory = memory
    this.#options = options
  }

  async open(partition: TopicPartition): Promise<number> {
    const name = nameOf(partition)
    this.calls.push(`open ${name}`)
    if (this.memory.owners.has(name)) this.#complain(`${name} was opened while a member had it`)
    this.memory.owners.set(name, this)
    this.owned.add(name)
    return this.memory.positions.get(name) ?? 0
  }

  async take(partition: TopicPartition, records: readonly LogRecord[]): Promise<void> {
    const name = nameOf(partition)
    this.#checkTake(name, partition, records)
    this.#taking.add(name)
    try {
      await this.#options.onTake?.(partition, records)
      this.records.push(...records)
      this.batches.push(records)
      this.memory.positions.set(name, records.at(-1)!.offset + 1)
    } finally {
      this.#taking.delete(name)
    }
  }

  async release(partition: TopicPartition): Promise<void> {
    const name = nameOf(partition)
    this.calls.push(`release ${name}`)
    if (!this.owned.has(name)) this.#complain(`${name} was released by a member that did not have it`)
    if (this.#taking.has(name)) this.#complain(`${name} was released during a take`)
    await this.#options.onRelease?.(partition)
    this.owned.delete(name)
    this.memory.owners.delete(name)
  }

  #checkTake(name: string, { topic, partition }: TopicPartition, records: readonly LogRecord[]): void {
    if (!this.owned.has(name)) this.#complain(`${name} was delivered to a member that did not have it`)
    if (this.#taking.has(name)) this.#complain(`${name} was delivered during a take`)
    if (records.length === 0) this.#complain(`${name} was delivered an empty batch`)
    let next = this.memory.positions.get(name) ?? 0
    for (const record of records) {
      if (record.topic !== topic || record.partition !== partition) this.#complain(`${name} got another's record`)
      if (record.offset < next) this.#complain(`${name} got offset ${record.offset}, ${next} was next`)
      next = record.offset + 1
    }
  }

  #complain(sentence: string): void {
    this.memory.violations.push(sentence)
  }
}
