import kafkajs, { type ICustomPartitioner, type Kafka, type Message, type RecordMetadata } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { AppendedRecord } from '@twofold/core/ports/event-log.ts'
import { partitionOfKey } from '../key-partition.ts'
import { AppendQueue } from './append-queue.ts'
import type { KafkaSettings } from './settings.ts'

export interface Appender extends Pick<AppendQueue, 'append'> {
  connect(): Promise<void>
  /** Waits for what was appended before. */
  close(): Promise<void>
}

const limits = { maxQueuedBytes: 64 * 1024 * 1024, maxSendBytes: 900_000, maxSendRecords: 1_000 }

/**
 * Appends with acks=all through a producer that is not idempotent. kafkajs's idempotent one breaks under concurrency
 * (kafkajs#598: out-of-order sequence numbers) and then fails for good; this one can at worst store a record twice, when
 * a request is sent again that seemed lost or that one of its partitions refused, and a repeat is dropped by its id. The
 * order holds because the queue has one request per topic under way.
 *
 * The retries are the queue's, not kafkajs's: its own retry skips a broker that answered before, so a partition whose
 * leader moved there in between would count as sent and be lost. A request stays below 1 MiB, the size that a broker
 * takes in one batch by default, and at 1000 records, as kafkajs copies a partition's list once for each of them.
 */
export function createAppender(kafka: Kafka, { appendTimeoutMs }: KafkaSettings): Appender {
  const producer = kafka.producer({
    createPartitioner: createNotingPartitioner,
    allowAutoTopicCreation: false,
    retry: { retries: 0 },
  })
  const send = async (topic: string, messages: readonly Message[]): Promise<AppendedRecord[]> => {
    const answers = await producer.send({ topic, messages: [...messages], acks: -1, timeout: appendTimeoutMs })
    return toPlaces(messages, answers)
  }
  const queue = new AppendQueue(send, { ...limits, timeoutMs: appendTimeoutMs })
  const close = async (): Promise<void> => {
    await queue.drain()
    await producer.disconnect()
  }
  return { append: (topic, records) => queue.append(topic, records), connect: () => producer.connect(), close }
}

/**
 * Kafka's default partitioner (murmur2 of the key, else in turn), which also writes down where it sent the message: the
 * answer has only one base offset for each partition, and a second try must go to the same partition. The hash is ours:
 * kafkajs computes it in BigInts, tens of times slower.
 */
export const createNotingPartitioner: ICustomPartitioner = () => {
  const chooseInTurn = kafkajs.Partitioners.DefaultPartitioner()
  return (choice) => {
    const { topic, message, partitionMetadata } = choice
    message.partition ??= message.key
      ? partitionOfKey(Buffer.from(message.key), partitionMetadata.length)
      : chooseInTurn(choice)
    if (partitionMetadata.some(({ partitionId }) => partitionId === message.partition)) return message.partition
    throw new TwofoldError('TOPIC_MISCONFIGURED', `topic "${topic}" has no partition ${message.partition}`)
  }
}

function toPlaces(messages: readonly Message[], answers: readonly RecordMetadata[]): AppendedRecord[] {
  const next = new Map(answers.map((answer) => [answer.partition, toPlace(answer)]))
  return messages.map(({ partition }) => {
    const place = next.get(partition ?? -1)
    if (!place) throw new Error(`partition ${partition} was not acknowledged`)
    next.set(place.partition, { ...place, offset: place.offset + 1 })
    return place
  })
}

function toPlace({ partition, baseOffset, logAppendTime }: RecordMetadata): AppendedRecord {
  return { partition, offset: Number(baseOffset), appendedAt: Number(logAppendTime) }
}
