import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { TopicSettings } from '@twofold/core/ports/event-log.ts'
import { patiently } from './patience.ts'

const timeoutMs = 30_000
const timestampType = 'message.timestamp.type'
const topicResource = kafkajs.ConfigResourceTypes.TOPIC

/**
 * Makes the topics that are missing and waits until every partition of all of them has a leader. Several processes may
 * do it at once: who comes second finds the topic. Rejects with TOPIC_MISCONFIGURED, or LOG_UNAVAILABLE after 30 s.
 */
export async function createTopics(admin: Admin, topics: readonly string[], settings: TopicSettings): Promise<void> {
  if (topics.length === 0) return
  await patiently('create topics', timeoutMs, () => createMissing(admin, topics, settings))
  await patiently('read the topics', timeoutMs, () => checkPartitions(admin, topics, settings.partitions))
  await patiently("read the topics' settings", timeoutMs, () => checkTimestamps(admin, topics))
}

async function createMissing(admin: Admin, topics: readonly string[], settings: TopicSettings): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = [...new Set(topics)].filter((topic) => !existing.has(topic))
  if (missing.length === 0) return
  const { brokers } = await admin.describeCluster()
  const made = missing.map((topic) => toTopicConfig(topic, settings, brokers.length))
  // Answers false when somebody else was faster with all of them; rejects when with some: the next try finds those.
  await admin.createTopics({ topics: made, waitForLeaders: false, timeout: 10_000 })
}

/** Three copies where there are brokers for them, two of which must have a record before it is acknowledged. */
export function toTopicConfig(topic: string, settings: TopicSettings, brokers: number): ITopicConfig {
  const replicationFactor = Math.min(3, brokers)
  const configEntries = [
    { name: timestampType, value: 'LogAppendTime' },
    { name: 'retention.ms', value: String(settings.retentionMs) },
  ]
  if (replicationFactor === 3) configEntries.push({ name: 'min.insync.replicas', value: '2' })
  return { topic, numPartitions: settings.partitions, replicationFactor, configEntries }
}

async function checkPartitions(admin: Admin, names: readonly string[], expected: number): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] })
  for (const { name, partitions } of topics) {
    if (partitions.length !== expected) {
      throw misconfigured(
        `topic "${name}" has ${partitions.length} partitions, the configuration says ${expected}`,
        `configure ${partitions.length} partitions, or name a new topic (a change would move keys to other partitions)`,
      )
    }
    if (partitions.some(({ leader }) => leader < 0)) throw new Error(`topic "${name}" has no leader yet`)
  }
}

async function checkTimestamps(admin: Admin, names: readonly string[]): Promise<void> {
  const resources = names.map((name) => ({ type: topicResource, name, configNames: [timestampType] }))
  const described = await admin.describeConfigs({ resources, includeSynonyms: false })
  for (const { resourceName, configEntries } of described.resources) {
    const found = configEntries.find(({ configName }) => configName === timestampType)?.configValue
    if (found === 'LogAppendTime') continue
    throw misconfigured(
      `topic "${resourceName}" has ${timestampType}=${found}, LogAppendTime is needed`,
      `if it is empty: kafka-configs.sh --alter --entity-type topics --entity-name ${resourceName} ` +
        `--add-config ${timestampType}=LogAppendTime; else name a new topic (its records keep their producers' times)`,
    )
  }
}

function misconfigured(found: string, remedy: string): TwofoldError {
  return new TwofoldError('TOPIC_MISCONFIGURED', `${found}; ${remedy}`)
}
