import type { Batch, KafkaMessage } from 'kafkajs'
import type { HeaderValue, LogRecord } from '@twofold/core/ports/event-log.ts'

type Headers = LogRecord['headers']

/** A fetched batch. `fetchedOffset` is missing in kafkajs's types: the offset that the fetch asked for. */
export type FetchedBatch = Batch & { readonly fetchedOffset: string }

/** kafkajs's messages as records. Runs for every record that is read: keep it cheap. */
export function toLogRecords({ topic, partition, messages }: Batch): LogRecord[] {
  let text = ''
  let timestamp = 0
  return messages.map((message) => {
    // The records of one append share their time: parsing it once is enough.
    if (message.timestamp !== text) timestamp = Number((text = message.timestamp))
    return toLogRecord(topic, partition, timestamp, message)
  })
}

function toLogRecord(topic: string, partition: number, timestamp: number, message: KafkaMessage): LogRecord {
  const { key, value } = message
  const headers = singleHeaders(message.headers)
  return { topic, partition, offset: Number(message.offset), timestamp, key, value, headers }
}

/** A header that a foreign producer gave twice counts with its last value, as Kafka's own `lastHeader` has it. */
function singleHeaders(headers: KafkaMessage['headers'] = {}): Headers {
  for (const name in headers) {
    if (!Array.isArray(headers[name])) continue
    return Object.fromEntries(Object.entries(headers).map(([each, value]) => [each, [value].flat().at(-1)])) as Headers
  }
  return headers as Readonly<Record<string, HeaderValue | undefined>>
}
