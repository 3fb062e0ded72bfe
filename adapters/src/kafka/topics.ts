import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { TopicSettings } from '@twofold/core/ports/event-log.ts'
import { patiently } from './patience.ts'

const timeoutMs = 30_000
const topicResource = kafkajs.ConfigResourceTypes.TOPIC

/** What a topic must be set to. All of it is said when one is made: the broker's defaults may be others. */
interface Need {
  readonly name: string
  needed(settings: TopicSettings): string
  /** Another value that keeps what is promised. */
  exceeds?(found: string | undefined, settings: TopicSettings): boolean
  /** How to mend a topic that stands, with the command that does it. */
  remedy(alter: string): string
}

const needs: readonly Need[] = [
  {
    name: 'message.timestamp.type',
    needed: () => 'LogAppendTime',
    remedy: (alter) => `if it is empty: ${alter}; else name a new topic (its records keep their producers' times)`,
  },
  {
    // Compaction would drop all but the newest record of a key, whatever its age.
    name: 'cleanup.policy',
    needed: () => 'delete',
    remedy: (alter) => `${alter}; if it was compacted already, name a new topic (the records that went are lost)`,
  },
  {
    name: 'retention.ms',
    needed: ({ retentionMs }) => String(retentionMs),
    exceeds: (found, { retentionMs }) => found === '-1' || Number(found) > retentionMs,
    remedy: (alter) => `${alter}; or configure a shorter retention`,
  },
  {
    // A limit by size would remove records before their time.
    name: 'retention.bytes',
    needed: () => '-1',
    remedy: (alter) => alter,
  },
]

/**
 * Makes the topics that are missing and waits until every partition of all of them is served by its leader. Several processes may
 * do it at once: who comes second finds the topic. Rejects with TOPIC_MISCONFIGURED, or LOG_UNAVAILABLE after 30 s.
 */
export async function createTopics(admin: Admin, topics: readonly string[], settings: TopicSettings): Promise<void> {
  if (topics.length === 0) return
  await patiently('create topics', timeoutMs, () => createMissing(admin, topics, settings))
  await patiently('read the topics', timeoutMs, () => checkPartitions(admin, topics, settings.partitions))
  await patiently("read the topics' settings", timeoutMs, () => checkSettings(admin, topics, settings))
  await patiently('reach every partition', timeoutMs, () => reachPartitions(admin, topics))
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
  const configEntries = needs.map(({ name, needed }) => ({ name, value: needed(settings) }))
  // Only a closed segment is ever removed, and a broker closes one after a week by default.
  configEntries.push({ name: 'segment.ms', value: String(Math.max(60_000, Math.ceil(settings.retentionMs / 7))) })
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

/**
 * A broker tells that it leads a partition before it has opened it. Appends that come in between are taken by some
 * partitions and refused by others, and what is then sent again stands twice.
 */
async function reachPartitions(admin: Admin, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => admin.fetchTopicOffsets(name)))
}

async function checkSettings(admin: Admin, names: readonly string[], settings: TopicSettings): Promise<void> {
  const configNames = needs.map(({ name }) => name)
  const resources = names.map((name) => ({ type: topicResource, name, configNames }))
  const described = await admin.describeConfigs({ resources, includeSynonyms: false })
  for (const { resourceName, configEntries } of described.resources) {
    const found = new Map(configEntries.map(({ configName, configValue }) => [configName, configValue]))
    for (const need of needs) refuseUnmet(need, resourceName, found.get(need.name), settings)
  }
}

function refuseUnmet(need: Need, topic: string, found: string | undefined, settings: TopicSettings): void {
  const { name } = need
  const needed = need.needed(settings)
  if (found === needed || need.exceeds?.(found, settings)) return
  const alter = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${needed}`
  throw misconfigured(`topic "${topic}" has ${name}=${found}, ${needed} is needed`, need.remedy(alter))
}

function misconfigured(found: string, remedy: string): TwofoldError {
  return new TwofoldError('TOPIC_MISCONFIGURED', `${found}; ${remedy}`)
}
