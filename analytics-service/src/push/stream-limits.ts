/** Bounds of the streams of one process. Milliseconds, bytes and rows. */
export interface StreamLimits {
  /** A reader who was told nothing for so long gets a comment. */
  readonly heartbeatMs: number
  /** A reader who has not taken what was written for so long is dropped. */
  readonly patienceMs: number
  /** One who holds more than this has a third of that time. */
  readonly maxHeldBytes: number
  /** A reader who missed more rows than this gets a snapshot instead. */
  readonly maxMissedRows: number
  /** Longest snapshot; who watches more than that has to name keys. */
  readonly maxSnapshotRows: number
  /** How long a place is waited for that another replica has reached and this one has not. */
  readonly aheadMs: number
}

export const streamLimits: StreamLimits = {
  heartbeatMs: 15_000,
  patienceMs: 15_000,
  maxHeldBytes: 1024 * 1024,
  maxMissedRows: 5000,
  maxSnapshotRows: 20_000,
  aheadMs: 10_000,
}

/** How often readers are looked at within the time after which they get a heartbeat. */
export const looksPerHeartbeat = 3
