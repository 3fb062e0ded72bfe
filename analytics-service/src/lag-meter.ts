import type { MonotonicClock } from '@twofold/runtime/clock.ts'
import type { PartitionLag } from '@twofold/core/serving/assess.ts'
import type { EventLog, PartitionBounds } from '@twofold/core/ports/event-log.ts'
import { repeat } from './repeat.ts'

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
  readonly clock: MonotonicClock
  /** Time between two samples, and so the precision of a lag. Milliseconds. */
  readonly sampleMs: number
}

interface Sample {
  /** Elapsed time before the log was asked. */
  readonly at: number
  readonly bounds: readonly PartitionBounds[]
}

const samplesKept = 240
/** So many missed samples say that the log can't be read. */
const samplesMissed = 6

/** Samples, because a log can tell where it ends now, not since when: a reader is behind since the end passed it. */
export function createLagMeter({ log, topics, clock, sampleMs }: LagMeterOptions): LagMeter {
  const samples = new Map<string, Sample[]>(topics.map((topic) => [topic, []]))
  const furthest = new Map<string, Furthest>()
  let stop: (() => void) | undefined

  const sampleTopic = async (topic: string): Promise<void> => {
    const at = clock.elapsed()
    const bounds = await log.readBounds(topic)
    const kept = samples.get(topic)!
    kept.push({ at, bounds })
    if (kept.length > samplesKept) kept.shift()
  }
  const sample = async (): Promise<void> => {
    await Promise.allSettled(topics.map(sampleTopic))
  }
  /** Where a reader was seen: a log that was asked later and ends earlier is not the log that was read. */
  const noteFurthest = (name: string, nextOffset: number): Furthest => {
    const known = furthest.get(name)
    if (known && known.nextOffset >= nextOffset) return known
    const noted = { nextOffset, at: clock.elapsed() }
    furthest.set(name, noted)
    return noted
  }
  return {
    sample,
    lagsOf(topic, readerOf) {
      const kept = samples.get(topic) ?? []
      const newest = kept.at(-1)
      if (!newest || clock.elapsed() - newest.at > sampleMs * samplesMissed) return null
      return newest.bounds.map(({ partition, end }) => {
        const reader = readerOf(partition)
        const { nextOffset, at } = noteFurthest(`${topic}/${partition}`, reader?.nextOffset ?? 0)
        return { partition, lagMs: lagOf(kept, partition, reader, clock), isForgotten: end < nextOffset && at < newest.at }
      })
    },
    start: () => void (stop = repeat(sample, sampleMs)),
    stop: () => stop?.(),
  }
}

interface Furthest {
  readonly nextOffset: number
  readonly at: number
}

function lagOf(samples: readonly Sample[], partition: number, reader: Reader | undefined, clock: MonotonicClock): number | null {
  const endOf = ({ bounds }: Sample): number => bounds.find((bound) => bound.partition === partition)?.end ?? 0
  const passed = samples.find((sample) => endOf(sample) > (reader?.nextOffset ?? 0))
  if (!passed) return 0
  const seenMs = clock.elapsed() - passed.at
  if (passed !== samples[0]) return Math.round(seenMs)
  // There at the very first look, it may have waited since long before: since the reader's newest record at the most.
  if (!reader || reader.appendedAt <= 0) return null
  return Math.round(Math.max(seenMs, clock.now() - reader.appendedAt))
}
