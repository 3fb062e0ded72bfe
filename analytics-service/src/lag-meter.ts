import type { PartitionLag } from '@twofold/core/serving/assess.ts'
import type { EventLog, PartitionBounds } from '@twofold/core/ports/event-log.ts'

/** Tells how long the first record that a reader has not processed yet has been in the log. */
export interface LagMeter {
  /** Looks at the ends of every topic's partitions once. Never rejects: a log that can't be read has no newest sample. */
  sample(): Promise<void>
  /** Lag of every partition given how far its reader is (undefined: there is none); null when the log can't be read. */
  lagsOf(topic: string, readerOf: (partition: number) => Reader | undefined): readonly PartitionLag[] | null
  start(): void
  stop(): void
}

/** How far a partition was read. */
export interface Reader {
  readonly nextOffset: number
  /** Appended time of what lies before; what follows is no older. Milliseconds. */
  readonly appendedAt: number
}

export interface LagMeterOptions {
  readonly log: EventLog
  readonly topics: readonly string[]
  readonly now: () => number
  /** Time between two samples, and so the precision of a lag. Milliseconds. */
  readonly sampleMs: number
}

interface Sample {
  readonly at: number
  readonly bounds: readonly PartitionBounds[]
}

const samplesKept = 240
/** So many missed samples say that the log can't be read. */
const samplesMissed = 6

/** Samples, because a log can tell where it ends now, not since when: a reader is behind since the end passed it. */
export function createLagMeter({ log, topics, now, sampleMs }: LagMeterOptions): LagMeter {
  const samples = new Map<string, Sample[]>(topics.map((topic) => [topic, []]))
  let timer: NodeJS.Timeout | undefined

  const sampleTopic = async (topic: string): Promise<void> => {
    const bounds = await log.readBounds(topic)
    const kept = samples.get(topic)!
    kept.push({ at: now(), bounds })
    if (kept.length > samplesKept) kept.shift()
  }
  const sample = async (): Promise<void> => {
    await Promise.allSettled(topics.map(sampleTopic))
  }
  const goOn = (): void => {
    timer = setTimeout(() => void sample().then(() => timer && goOn()), sampleMs)
    timer.unref()
  }
  return {
    sample,
    lagsOf(topic, readerOf) {
      const kept = samples.get(topic) ?? []
      const newest = kept.at(-1)
      if (!newest || now() - newest.at > sampleMs * samplesMissed) return null
      return newest.bounds.map(({ partition }) => lagOf(kept, partition, readerOf(partition) ?? unread, now()))
    },
    start: goOn,
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

const unread: Reader = { nextOffset: 0, appendedAt: 0 }

function lagOf(samples: readonly Sample[], partition: number, { nextOffset, appendedAt }: Reader, now: number): PartitionLag {
  const passed = samples.findIndex(({ bounds }) => (bounds.find((bound) => bound.partition === partition)?.end ?? 0) > nextOffset)
  if (passed < 0) return { partition, lagMs: 0 }
  // Seen at the very first look, it may have waited since long before: since the reader's newest record at the most.
  const since = passed === 0 ? Math.min(samples[0]!.at, appendedAt) : samples[passed]!.at
  return { partition, lagMs: Math.max(0, now - since) }
}
