import kafkajs, { type Consumer, type EachBatchPayload } from 'kafkajs'
import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { createAssigner } from './assigner.ts'
import type { Flow } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { KafkaLogger, LogSpy } from './logging.ts'
import { waitAtMost } from './patience.ts'
import { type FetchedBatch, toLogRecords } from './records.ts'
import { type KafkaSettings, toClientConfig } from './settings.ts'
import { watchForStall } from './stall.ts'

export interface MemberOptions {
  readonly settings: KafkaSettings
  readonly logger: KafkaLogger
  readonly group: string
  readonly topics: readonly string[]
  readonly lanes: Lanes
}

/** A fetch is held back this long for a slow take before its partition is paused: shorter than any heartbeat. */
const patienceMs = 200
const stopTimeoutMs = 5_000
const mebibyte = 1024 * 1024
const fetchSettings = { minBytes: 1, maxBytes: 4 * mebibyte, maxBytesPerPartition: mebibyte, maxWaitTimeInMs: 250 }

/**
 * One life of a kafkajs consumer: joins the group, fetches, hands batches to the lanes and ends at the first crash.
 *
 * kafkajs heartbeats between its fetches, so nothing here may hold up its loop: a batch is handed over and the next one
 * fetched while the take runs, for minutes if it must.
 */
export class Member implements Flow {
  /** Resolves with the reason, when the consumer crashed or hangs. */
  readonly ended: Promise<unknown>
  readonly #options: MemberOptions
  readonly #consumer: Consumer
  readonly #crash = Promise.withResolvers<unknown>()
  #running: Promise<void> = Promise.resolve()
  #rejoin = false
  #stopped = false

  constructor(options: MemberOptions) {
    this.#options = options
    this.ended = this.#crash.promise
    // A client of its own: kafkajs shares a group's offsets among the consumers of one client, and each clears them.
    const kafka = new kafkajs.Kafka(toClientConfig(options.settings, options.logger, this.#spy))
    const { sessionTimeoutMs: sessionTimeout } = options.settings
    this.#consumer = kafka.consumer({
      ...fetchSettings,
      groupId: options.group,
      partitionAssigners: [createAssigner(() => this.#claim())],
      sessionTimeout,
      heartbeatInterval: Math.min(1_000, Math.floor(sessionTimeout / 3)),
      rebalanceTimeout: Math.max(30_000, sessionTimeout),
      allowAutoTopicCreation: false,
    })
    this.#listen()
  }

  /** Connects and begins to join. Rejects if it can't connect or a topic is unknown. */
  async start(): Promise<void> {
    try {
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topics: [...this.#options.topics] })
    } catch (error) {
      await waitAtMost(stopTimeoutMs, this.#consumer.disconnect())
      throw error
    }
    const eachBatch = (payload: EachBatchPayload): Promise<void> => this.#handOver(payload)
    const settings = { autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 32, eachBatch }
    this.#running = this.#consumer.run(settings).catch((error: unknown) => this.#crash.resolve(error))
  }

  /** Leaves the group. kafkajs can't leave while it joins, so this waits for that, but only for a while. */
  async stop(): Promise<void> {
    this.#stopped = true
    await waitAtMost(stopTimeoutMs, this.#running.then(() => this.#consumer.disconnect()))
  }

  /** Joins again at the next fetch, so that partitions which we no longer claim can be given away. */
  rejoin(): void {
    this.#rejoin = true
  }

  async commit(positions: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    if (positions.length === 0) return
    const offsets = positions.map(({ offset, ...partition }) => ({ ...partition, offset: `${offset}` }))
    await this.#consumer.commitOffsets(offsets)
  }

  pause({ topic, partition }: TopicPartition): void {
    this.#whileRunning(() => this.#consumer.pause([{ topic, partitions: [partition] }]))
  }

  resume({ topic, partition }: TopicPartition): void {
    this.#whileRunning(() => this.#consumer.resume([{ topic, partitions: [partition] }]))
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#whileRunning(() => this.#consumer.seek({ ...partition, offset: `${offset}` }))
  }

  /** kafkajs throws when it is not running. The lanes tell it again where they stand when it has joined. */
  #whileRunning(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#options.logger.debug('the consumer is not running', { error })
    }
  }

  async #handOver({ batch, resolveOffset }: EachBatchPayload): Promise<void> {
    const lane = this.#options.lanes.find(batch.topic, batch.partition)
    if (!lane?.expects(Number((batch as FetchedBatch).fetchedOffset))) return
    const last = batch.lastOffset()
    lane.push(toLogRecords(batch), Number(last) + 1)
    resolveOffset(last)
    await lane.room(patienceMs)
  }

  #listen(): void {
    const { lanes } = this.#options
    const { events } = this.#consumer
    this.#consumer.on(events.GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
      if (!this.#stopped) lanes.assign(memberId, toPartitions(memberAssignment))
    })
    this.#consumer.on(events.START_BATCH_PROCESS, ({ payload: { topic, partition, ...batch } }) => {
      if (batch.batchSize > 0) return
      lanes.find(topic, partition)?.skip(Number(batch.firstOffset ?? batch.lastOffset), Number(batch.lastOffset))
    })
    this.#consumer.on(events.FETCH_START, () => this.#joinAgainIfAsked())
    this.#consumer.on(events.CRASH, ({ payload: { error } }) => this.#crash.resolve(error))
    watchForStall(this.#consumer, this.ended, (error) => this.#crash.resolve(error))
  }

  /** kafkajs has no call to join again, but does so when a fetch throws what a broker says in a rebalance. */
  #joinAgainIfAsked(): void {
    if (!this.#rejoin || this.#stopped) return
    this.#rejoin = false
    throw Object.assign(new Error('partitions were released'), { type: 'REBALANCE_IN_PROGRESS' })
  }

  #claim(): TopicPartition[] {
    this.#rejoin = false
    return this.#options.lanes.claims()
  }

  /** kafkajs resets an offset that is out of range by itself and says so in its log only. */
  readonly #spy: LogSpy = ({ namespace, log }) => {
    if (namespace !== 'ConsumerGroup' || !log.message.startsWith('Offset out of range')) return
    this.#options.lanes.find(String(log.topic), Number(log.partition))?.reopen()
  }
}

function toPartitions(assignment: Readonly<Record<string, readonly number[]>>): TopicPartition[] {
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}
