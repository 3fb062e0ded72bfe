import kafkajs, { type Admin } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { EventLog, Subscription } from '@twofold/core/ports/event-log.ts'
import type { StoreSecurity } from '../store-security.ts'
import { type Appender, createAppender } from './appender.ts'
import { isLoginRefused } from './failures.ts'
import { guardIdleTimers } from './idle-timer-guard.ts'
import { type KafkaLogger, silentLogger } from './logging.ts'
import { findOffset, readBounds } from './offsets.ts'
import { patiently, waitAtMost } from './patience.ts'
import { parseKafkaUrl, toClientConfig } from './settings.ts'
import { openSubscription } from './subscription.ts'
import { createTopics } from './topics.ts'

export interface KafkaEventLogOptions {
  /** `kafka://host:port,host2:port?clientId=..`, see `parseKafkaUrl`. */
  readonly url: string
  readonly logger?: KafkaLogger
  readonly security?: StoreSecurity
}

const connectTimeoutMs = 10_000
const disconnectTimeoutMs = 2_000
const pingTimeoutMs = 3_000

/** Rejects with INVALID_CONFIG, also when the login is refused, or LOG_UNAVAILABLE when no broker answers within ten seconds. */
export async function openKafkaEventLog({ url, logger = silentLogger, security }: KafkaEventLogOptions): Promise<EventLog> {
  const settings = { ...parseKafkaUrl(url), ...(security && { security }) }
  guardIdleTimers()
  const kafka = new kafkajs.Kafka(toClientConfig(settings, logger))
  const admin = kafka.admin()
  const appender = createAppender(kafka, settings)
  const disconnect = async (): Promise<void> => {
    await appender.close()
    await admin.disconnect()
  }
  await patiently('connect to Kafka', connectTimeoutMs, async () => {
    await admin.connect()
    await appender.connect()
  }).catch(async (error: unknown) => {
    await waitAtMost(disconnectTimeoutMs, disconnect())
    throw isLoginRefused(error) ? new TwofoldError('INVALID_CONFIG', 'Kafka refuses the login', { cause: error }) : error
  })
  const subscriptions = new Set<Subscription>()
  const subscribe: EventLog['subscribe'] = async (group, topics, consumer) => {
    const subscription = await openSubscription({ settings, logger, group, topics, consumer })
    subscriptions.add(subscription)
    const close = (): Promise<void> => subscription.close().finally(() => subscriptions.delete(subscription))
    return { reportPosition: (partition, nextOffset) => subscription.reportPosition(partition, nextOffset), close }
  }
  return guardClosed({ ...operations(admin, appender), subscribe }, async () => {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()))
    await disconnect()
  })
}

function operations(admin: Admin, appender: Appender): Omit<EventLog, 'subscribe' | 'close'> {
  return {
    createTopics: (topics, settings) => createTopics(admin, topics, settings),
    append: (topic, records) => appender.append(topic, records),
    readBounds: (topic) => readBounds(admin, topic),
    findOffset: (partition, time) => findOffset(admin, partition, time),
    ping: async () => {
      await patiently('reach Kafka', pingTimeoutMs, () => admin.describeCluster())
    },
  }
}

/** Every call after `close` rejects with CLOSED; `close` itself may be called again. */
function guardClosed(log: Omit<EventLog, 'close'>, close: () => Promise<void>): EventLog {
  let closed: Promise<void> | undefined
  const open = (): typeof log => {
    if (closed) throw new TwofoldError('CLOSED', 'the event log is closed')
    return log
  }
  return {
    createTopics: async (topics, settings) => open().createTopics(topics, settings),
    append: async (topic, records) => open().append(topic, records),
    readBounds: async (topic) => open().readBounds(topic),
    findOffset: async (partition, time) => open().findOffset(partition, time),
    subscribe: async (group, topics, consumer) => open().subscribe(group, topics, consumer),
    ping: async () => open().ping(),
    close: () => (closed ??= close()),
  }
}
