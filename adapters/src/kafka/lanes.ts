import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { Lane, type LaneSettings } from './lane.ts'

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** The partitions that a member has, and those it is still giving up. */
export class Lanes {
  readonly #settings: LaneSettings
  readonly #revoked: (partition: TopicPartition) => void
  readonly #open = new Map<string, Lane>()
  readonly #closing = new Map<string, Lane>()
  #memberId: string | undefined
  #closed = false

  /** `revoked` is called when a partition that went to another member was released. */
  constructor(settings: LaneSettings, revoked: (partition: TopicPartition) => void) {
    this.#settings = settings
    this.#revoked = revoked
  }

  /** What we are not done with: nobody else may open these yet. */
  claims(): TopicPartition[] {
    const lanes = new Map([...this.#open, ...this.#closing])
    return [...lanes.values()].map(({ partition }) => partition)
  }

  find(topic: string, partition: number): Lane | undefined {
    return this.#open.get(nameOf({ topic, partition }))
  }

  /**
   * A new assignment: opens what is new, goes on with what stays, gives up the rest. Must not wait: fetches go on. With
   * another member id than before, the group had given us up and others may have had our partitions: all are new.
   */
  assign(memberId: string, partitions: readonly TopicPartition[]): void {
    if (this.#closed) return
    const staying = new Set(memberId === this.#memberId ? partitions.map(nameOf) : [])
    this.#memberId = memberId
    for (const [name, lane] of this.#open) if (!staying.has(name)) this.#giveUp(name, lane)
    for (const partition of partitions) this.#keepOrOpen(partition)
  }

  /** Resolves when every partition was released. */
  async close(): Promise<void> {
    this.#closed = true
    const lanes = [...this.#open.values(), ...this.#closing.values()]
    await Promise.all(lanes.map((lane) => lane.close()))
  }

  #keepOrOpen(partition: TopicPartition): void {
    const name = nameOf(partition)
    const lane = this.#open.get(name) ?? new Lane(partition, this.#settings, this.#closing.get(name)?.done)
    this.#open.set(name, lane)
    lane.rejoined()
  }

  #giveUp(name: string, lane: Lane): void {
    this.#open.delete(name)
    this.#closing.set(name, lane)
    void this.#release(name, lane)
  }

  async #release(name: string, lane: Lane): Promise<void> {
    await lane.close()
    if (this.#closing.get(name) === lane) this.#closing.delete(name)
    if (!this.#closed && !this.#open.has(name)) this.#revoked(lane.partition)
  }
}
