import kafkajs, { type Assignment, type GroupMember, type PartitionAssigner } from 'kafkajs'
import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { balance, type Candidate } from './balance.ts'
import { nameOf } from './lanes.ts'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const name = 'twofold-cooperative'
const version = 0
const noData = Buffer.alloc(0)

/**
 * `balance` as an assigner of the classic group protocol. What a member claims travels in the user data of its
 * request to join; `claims` is called for each of these requests.
 */
export function createAssigner(claims: () => readonly TopicPartition[]): PartitionAssigner {
  return ({ cluster }) => ({
    name,
    version,
    protocol: ({ topics }) => {
      const userData = Buffer.from(JSON.stringify(claims().map(nameOf)))
      return { name, metadata: MemberMetadata.encode({ version, topics, userData }) }
    },
    assign: async ({ members, topics }) => {
      const partitions = topics.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partition: partitionId })),
      )
      return [...balance(members.map(toCandidate), partitions)].map(([memberId, share]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version, assignment: byTopic(share), userData: noData }),
      }))
    },
  })
}

function toCandidate({ memberId, memberMetadata }: GroupMember): Candidate {
  const { topics = [], userData = noData } = MemberMetadata.decode(memberMetadata) ?? {}
  return { id: memberId, topics: new Set(topics), claims: new Set(JSON.parse(userData.toString() || '[]') as string[]) }
}

function byTopic(partitions: readonly TopicPartition[]): Assignment {
  const assignment: Assignment = {}
  for (const { topic, partition } of partitions) (assignment[topic] ??= []).push(partition)
  return assignment
}
