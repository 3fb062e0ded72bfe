import fc from 'fast-check'
import kafkajs, { type PartitionMetadata } from 'kafkajs'
import { expect, test } from 'vitest'
import { createNotingPartitioner } from './appender.ts'

test('A key goes to the partition that kafkajs, and so every other client of Kafka, chooses', () => {
  const partitionMetadata = [0, 1, 2, 3, 4, 5, 6].map((partitionId) => ({ partitionId, leader: 1 })) as PartitionMetadata[]
  const theirs = kafkajs.Partitioners.DefaultPartitioner()
  const ours = createNotingPartitioner()
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (given) => {
      const key = typeof given === 'string' ? given : Buffer.from(given)
      const choice = () => ({ topic: 't', partitionMetadata, message: { key, value: null } })
      expect(ours(choice())).toBe(theirs(choice()))
    }),
  )
})
