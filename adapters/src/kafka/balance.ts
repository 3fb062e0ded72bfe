import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { nameOf } from './lanes.ts'

export interface Candidate {
  readonly id: string
  readonly topics: ReadonlySet<string>
  /** Names of the partitions that the member has or is still giving up. */
  readonly claims: ReadonlySet<string>
}

type Shares = Map<string, TopicPartition[]>

/**
 * Who gets which partition: as evenly as possible, with as few moves as possible. A partition that has to move is given
 * to nobody until its member no longer claims it: that member releases it and joins again, and then it is given away.
 * So no two members have a partition at once. This is Kafka's cooperative rebalancing (KIP-429), which kafkajs lacks.
 */
export function balance(members: readonly Candidate[], partitions: readonly TopicPartition[]): Shares {
  const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const shares: Shares = new Map(sorted.map(({ id }) => [id, []]))
  // By number first, so that the topics of one member stay mixed.
  const order = partitions.toSorted((a, b) => a.partition - b.partition || (a.topic < b.topic ? -1 : 1))
  const moving = keepClaimed(sorted, order, shares)
  for (const partition of moving) {
    const taker = leastLoaded(sorted, shares, partition)
    if (taker) shares.get(taker.id)!.push(partition)
  }
  return withhold(sorted, shares)
}

/** Leaves everyone what they claim, up to a fair share. Answers the rest. */
function keepClaimed(members: readonly Candidate[], partitions: readonly TopicPartition[], shares: Shares) {
  const least = Math.floor(partitions.length / members.length)
  let larger = partitions.length % members.length
  return partitions.filter((partition) => {
    const claimant = members.find((member) => mayRead(member, partition) && member.claims.has(nameOf(partition)))
    const share = claimant && shares.get(claimant.id)!
    if (!share || share.length > least || (share.length === least && larger === 0)) return true
    if (share.length === least) larger--
    share.push(partition)
    return false
  })
}

function leastLoaded(members: readonly Candidate[], shares: Shares, partition: TopicPartition): Candidate | undefined {
  const load = ({ id }: Candidate): number => shares.get(id)!.length
  return members.filter((member) => mayRead(member, partition)).toSorted((a, b) => load(a) - load(b))[0]
}

function withhold(members: readonly Candidate[], shares: Shares): Shares {
  const claimed = new Set(members.flatMap(({ claims }) => [...claims]))
  const given = members.map(({ id, claims }): [string, TopicPartition[]] => {
    const free = shares.get(id)!.filter((partition) => claims.has(nameOf(partition)) || !claimed.has(nameOf(partition)))
    return [id, free]
  })
  return new Map(given)
}

function mayRead({ topics }: Candidate, { topic }: TopicPartition): boolean {
  return topics.has(topic)
}
