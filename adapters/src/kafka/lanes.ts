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

  /** A new assignment: opens what is new, goes on with what stays, gives up the rest. Must not wait: fetches go on. */
  assign(partitions: readonly TopicPartition[]): void {
    if (this.#closed) return
    const assigned = new Set(partitions.map(nameOf))
    for (const [name, lane] of this.#open) if (!assigned.has(name)) this.#giveUp(name, lane)
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
    if (!this.#closed) this.#revoked(lane.partition)
  }
}
