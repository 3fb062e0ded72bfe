import type { Admin } from 'kafkajs'
import type { PartitionBounds, TopicPartition } from '@twofold/core/ports/event-log.ts'
import { patiently } from './patience.ts'

const timeoutMs = 10_000

/** Rejects with LOG_UNAVAILABLE after ten seconds. */
export async function readBounds(admin: Admin, topic: string): Promise<PartitionBounds[]> {
  const offsets = await patiently(`read the bounds of "${topic}"`, timeoutMs, () => admin.fetchTopicOffsets(topic))
  // The begin is read after the end, and retention may have moved it past that in between.
  return offsets
    .map(({ partition, low, high }) => ({ partition, begin: Math.min(Number(low), Number(high)), end: Number(high) }))
    .sort((a, b) => a.partition - b.partition)
}

/**
 * `time` in milliseconds. kafkajs reads the end first and answers it when no record reaches `time`: a record that is
 * appended in between is not skipped. Times below 0 have other meanings in the protocol (-1: end, -2: begin).
 */
export async function findOffset(admin: Admin, { topic, partition }: TopicPartition, time: number): Promise<number> {
  const since = Math.min(Math.max(0, Math.ceil(time)), Number.MAX_SAFE_INTEGER)
  return patiently(`find an offset of "${topic}" by time`, timeoutMs, async () => {
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, since)
    const found = offsets.find((each) => each.partition === partition)
    if (!found) throw new Error(`partition ${partition} is not known`)
    return Number(found.offset)
  })
}
