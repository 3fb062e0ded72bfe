import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { balance, type Candidate } from './balance.ts'
import { nameOf } from './lanes.ts'

const partitionsOf = (topic: string, count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

const member = (id: string, claims: readonly TopicPartition[] = [], topics = ['a', 'b', 'c']): Candidate => ({
  id,
  topics: new Set(topics),
  claims: new Set(claims.map(nameOf)),
})

type Group = Map<string, TopicPartition[]>

/** One rebalance, after which everyone has released what they lost: the next one finds them claiming their share. */
function rejoin(group: Group, partitions: readonly TopicPartition[]): Group {
  return balance([...group].map(([id, claims]) => member(id, claims)), partitions)
}

const namesOf = (group: Group) => [...group].map(([id, share]) => [id, share.map(nameOf).toSorted()])

const sizes = (group: Group): number[] => [...group.values()].map(({ length }) => length).toSorted((a, b) => a - b)

test('a partition that moves is given to nobody until its member has released it', () => {
  const partitions = partitionsOf('a', 4)
  const joined = rejoin(new Map([['one', partitions], ['two', []]]), partitions)
  expect(joined).toEqual(new Map([['one', partitions.slice(0, 2)], ['two', []]]))
  expect(rejoin(joined, partitions).get('two')).toEqual(partitions.slice(2))
})

test('what a member is still giving up is not given to another', () => {
  const partitions = partitionsOf('a', 2)
  const shares = balance([member('one', partitions), member('two')], partitions)
  expect(shares.get('two')).toEqual([])
})

test('each member gets some of every topic', () => {
  const partitions = ['a', 'b'].flatMap((topic) => partitionsOf(topic, 4))
  const group = rejoin(rejoin(new Map([['one', partitions], ['two', []]]), partitions), partitions)
  for (const share of group.values()) expect(share.filter(({ topic }) => topic === 'a')).toHaveLength(2)
})

test('a topic is read only by those who subscribed to it', () => {
  const shares = balance([member('one', [], ['a']), member('two', [], ['b'])], partitionsOf('b', 2))
  expect([shares.get('one')?.length, shares.get('two')?.length]).toEqual([0, 2])
})

test('however members come and go, nobody has what another has, and two rebalances share evenly', () => {
  const names = fc.uniqueArray(fc.constantFrom('one', 'two', 'three', 'four', 'five'), { minLength: 1 })
  const topics = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
  const partitions = topics.map((counts) => counts.flatMap((count, i) => partitionsOf('abc'[i]!, count)))
  fc.assert(fc.property(fc.array(names, { minLength: 1, maxLength: 6 }), partitions, (rounds, all) => {
    let group: Group = new Map()
    for (const round of rounds) {
      const before = new Map(round.map((id) => [id, group.get(id) ?? []]))
      const between = rejoin(before, all)
      checkExclusive(before, between)
      group = rejoin(between, all)
      checkExclusive(between, group)
      expect([...group.values()].flat().map(nameOf).toSorted()).toEqual(all.map(nameOf).toSorted())
      expect(sizes(group).at(-1)! - sizes(group)[0]!).toBeLessThanOrEqual(1)
      // Once shared, nothing moves.
      expect(namesOf(rejoin(group, all))).toEqual(namesOf(group))
    }
  }))
})

function checkExclusive(before: Group, after: Group): void {
  for (const [id, share] of after) {
    const others = [...before].filter(([other]) => other !== id).flatMap(([, claims]) => claims.map(nameOf))
    expect(share.filter((partition) => others.includes(nameOf(partition)))).toEqual([])
  }
}
