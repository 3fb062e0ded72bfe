import { expect, test } from 'vitest'
import { toTopicConfig } from './topics.ts'

const settings = { partitions: 4, retentionMs: 60_000 }

test('three brokers keep three copies, two of which must have a record', () => {
  expect(toTopicConfig('t', settings, 5)).toEqual({
    topic: 't',
    numPartitions: 4,
    replicationFactor: 3,
    configEntries: [
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: '60000' },
      { name: 'retention.bytes', value: '-1' },
      { name: 'segment.ms', value: '60000' },
      { name: 'min.insync.replicas', value: '2' },
    ],
  })
})

test('fewer brokers keep as many copies as there are', () => {
  expect([1, 2].map((brokers) => toTopicConfig('t', settings, brokers).replicationFactor)).toEqual([1, 2])
  expect(toTopicConfig('t', settings, 2).configEntries).toHaveLength(5)
})
