import kafkajs from 'kafkajs'
import { answer, measure } from '../side.ts'
import type { ReactionPayload } from '../workload.ts'
import type { PollOptions } from './poll-event-log.ts'

/** kafkajs alone: fetch, parse the JSON, count. */
await answer(async ({ urls, topic, nonce, events }: PollOptions) => {
  const brokers = [new URL(urls.EVENT_LOG_URL).host]
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.ERROR })
  const consumer = kafka.consumer({ groupId: `bench-${nonce}` })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const counts = new Map<string, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  let count = 0
  return measure(async () => {
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) {
          const { emoji } = JSON.parse(value!.toString()) as ReactionPayload
          counts.set(emoji, (counts.get(emoji) ?? 0) + 1)
        }
        count += batch.messages.length
        if (count >= events) resolve()
      },
    })
    await promise
    return count
  })
})
