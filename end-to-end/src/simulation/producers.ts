import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { canBeForeign, encodeFact, type Fact, inventFact } from './facts.ts'
import { hash, nameOf } from './memory-event-log.ts'
import { placeOf } from './naive-count.ts'
import type { World } from './world.ts'

/** A record that parses, and when its partition says that it came. */
interface Sent {
  readonly fact: Fact
  readonly appendedAt: number
}

export interface Producers {
  /** Appends a fact, a repeat of one within the horizon, or something that is none. */
  send(): Promise<void>
}

export function createProducers(world: World): Producers {
  const { random, log, ledger, settings } = world
  const sent = new Map(log.partitions.map((partition) => [nameOf(partition), [] as Sent[]]))
  const nonsense: Fact[] = []
  let serial = 0

  /** The largest append time of a partition; ticks count too. */
  const latestOf = (partition: TopicPartition): number =>
    log.recordsOf(partition).reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)

  /** A fact whose newest record would still be within the horizon of one that is appended now. */
  const findRecent = (topic: string): Fact | undefined => {
    const partition = random.pick(log.partitions.filter((one) => one.topic === topic))
    const name = nameOf(partition)
    const appendedAtNext = Math.max(latestOf(partition), world.now + (world.skews.get(name) ?? 0))
    const recent = sent.get(name)!.filter(({ appendedAt }) => appendedAtNext - appendedAt <= settings.dedupHorizonMs)
    return recent.length === 0 ? undefined : random.pick(recent).fact
  }
  const next = (topic: string): Fact => {
    const fresh = inventFact(random, topic, world.now, serial++)
    if (random.chance(0.25)) {
      const repeated = findRecent(topic)
      if (repeated) return random.chance(0.7) ? repeated : { ...fresh, id: repeated.id }
    }
    // A record that did not parse must not hide a good one with its id, however much later.
    const revived = random.chance(0.1) && nonsense.length > 0 ? random.pick(nonsense) : undefined
    return revived?.topic === topic && isNew(revived) ? { ...fresh, id: revived.id, isValid: true } : fresh
  }
  const isNew = ({ topic, id }: Fact): boolean =>
    ![...ledger.values()].some((fact) => fact.topic === topic && fact.id === id && fact.isValid)

  return {
    async send() {
      const topic = random.pick(world.topics)
      const fact = next(topic)
      const partition = fact.id === null ? random.below(3) : hash(fact.id) % 3
      const record = encodeFact(fact, partition, canBeForeign(fact) && random.chance(0.1))
      const [appended] = await log.append(topic, [record])
      ledger.set(placeOf({ topic, partition, offset: appended!.offset }), fact)
      if (!fact.isValid) nonsense.push(fact)
      else if (fact.id !== null)
        sent.get(nameOf({ topic, partition }))!.push({ fact, appendedAt: latestOf({ topic, partition }) })
    },
  }
}
