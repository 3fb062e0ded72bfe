/** What a crowd costs the analytics process. */
export interface Measured {
  readonly cores: number
  /** Resident memory, after a full collection when all were served, and the most while it ran. */
  readonly bytesIdle: number
  readonly bytesServed: number
  readonly bytesAtMost: number
  /** To all subscribers together. */
  readonly messagesPerSecond: number
  readonly receivedPerSecond: number
  /** By the clock, to publish one tick to everybody. */
  readonly tickMs: number
  readonly ticksPerSecond: number
  /** In milliseconds. */
  readonly p99: number
}
