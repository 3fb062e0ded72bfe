import type { LogRecord, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { Fact } from './facts.ts'
import type { MemoryEventLog } from './memory-event-log.ts'

/** A fact that counts, with its place in the log. */
export interface CountedFact extends Omit<Fact, 'occurredAt'> {
  readonly occurredAt: number
  readonly appendedAt: number
  readonly partition: number
  readonly offset: number
}

export type FactsByKey = ReadonlyMap<string, readonly CountedFact[]>

/** What was appended where: offset by offset, apart from the log. */
export type Ledger = Map<string, Fact>

export function placeOf({ topic, partition, offset }: TopicPartition & { readonly offset: number }): string {
  return `${topic}/${partition}/${offset}`
}

/** Every fact of a topic once, by plain loops that share nothing with the product: the first of an id counts. */
export function countFacts(log: MemoryEventLog, ledger: Ledger, topic: string): CountedFact[] {
  const counted: CountedFact[] = []
  for (const partition of log.partitions) {
    if (partition.topic !== topic) continue
    const ids = new Set<string>()
    let latest = 0
    for (const record of log.recordsOf(partition)) {
      if (record.timestamp > latest) latest = record.timestamp
      const fact = countedFact(ledger, record, latest)
      if (!fact || (fact.id !== null && ids.has(fact.id))) continue
      if (fact.id !== null) ids.add(fact.id)
      counted.push(fact)
    }
  }
  return counted
}

function countedFact(ledger: Ledger, record: LogRecord, appendedAt: number): CountedFact | undefined {
  const fact = ledger.get(placeOf(record))
  if (!fact?.isValid) return undefined
  const { partition, offset } = record
  return { ...fact, occurredAt: fact.occurredAt ?? appendedAt, appendedAt, partition, offset }
}
