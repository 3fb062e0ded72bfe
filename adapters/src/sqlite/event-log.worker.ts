import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { TopicSettings } from '@twofold/core/ports/event-log.ts'
import { openDatabase } from './database.ts'
import { createLogAppend } from './event-log-append.worker.ts'
import { createLogRead } from './event-log-read.worker.ts'
import type { SyncStore } from './worker.ts'

export interface LogStoreOptions {
  readonly path: string
}

/** A partition's begin and end offsets only grow, and so does `last_time`: append times never step back. */
const schema = `
  CREATE TABLE IF NOT EXISTS log_topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    retention_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS log_partitions (
    topic INTEGER NOT NULL REFERENCES log_topics (id),
    partition INTEGER NOT NULL,
    begin_offset INTEGER NOT NULL DEFAULT 0,
    end_offset INTEGER NOT NULL DEFAULT 0,
    last_time INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log_records (
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    appended_at INTEGER NOT NULL,
    key BLOB,
    value BLOB,
    headers TEXT,
    PRIMARY KEY (topic, partition, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log_pings (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
`

/** The event log's side in the thread. All offsets of a partition between its begin and its end have a record. */
export function createSyncStore({ path }: LogStoreOptions): SyncStore {
  const database = openDatabase({ path, synchronous: 'FULL' })
  database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`)
  return {
    database,
    writes: ['createTopics', 'append', 'trim', 'ping'],
    methods: {
      createTopics: createTopicMaker(database),
      append: createLogAppend(database),
      trim: createTrim(database),
      ping: createPing(database),
      ...createLogRead(database),
      close: () => database.close(),
    },
  }
}

function createTopicMaker(database: DatabaseSync) {
  const insertTopic = database.prepare(`
    INSERT INTO log_topics (name, retention_ms) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET retention_ms = excluded.retention_ms RETURNING id`)
  const insertPartition = database.prepare('INSERT INTO log_partitions (topic, partition) VALUES (?, ?)')
  const countPartitions = database.prepare('SELECT count(*) AS count FROM log_partitions WHERE topic = ?')

  return (topics: readonly string[], { partitions, retentionMs }: TopicSettings): void => {
    for (const topic of topics) {
      const { id } = insertTopic.get(topic, retentionMs) as { id: number }
      const { count } = countPartitions.get(id) as { count: number }
      if (count !== 0 && count !== partitions) throw otherPartitionCount(topic, count, partitions)
      for (let partition = count; partition < partitions; partition++) insertPartition.run(id, partition)
    }
  }
}

function otherPartitionCount(topic: string, found: number, wanted: number): TwofoldError {
  const message = `topic ${topic} has ${found} partitions, ${wanted} were asked for; the count can't be changed`
  return new TwofoldError('TOPIC_MISCONFIGURED', message)
}

/** Records that one call removes from a partition at most: a long transaction would hold up appends. */
const trimChunk = 1_000

/** Removes a chunk of the records that outlived their topic's retention; answers how many. */
function createTrim(database: DatabaseSync) {
  const select = database.prepare(`
    SELECT topic, partition, begin_offset AS begin, retention_ms AS retentionMs
    FROM log_partitions JOIN log_topics ON id = topic WHERE begin_offset < end_offset`)
  const remove = database.prepare(`
    DELETE FROM log_records
    WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ? AND appended_at < ?`)
  const moveBegin = database.prepare(
    'UPDATE log_partitions SET begin_offset = begin_offset + ? WHERE topic = ? AND partition = ?',
  )
  return (now: number): number => {
    let removed = 0
    for (const row of select.all() as Record<'topic' | 'partition' | 'begin' | 'retentionMs', number>[]) {
      const { topic, partition, begin, retentionMs } = row
      // Append times grow with the offsets, so what is old enough stands at the front.
      const changes = Number(remove.run(topic, partition, begin, begin + trimChunk, now - retentionMs).changes)
      if (changes > 0) moveBegin.run(changes, topic, partition)
      removed += changes
    }
    return removed
  }
}

/** Writes for real: a full or read-only disk lets an empty transaction pass. */
function createPing(database: DatabaseSync) {
  const write: StatementSync = database.prepare(
    'INSERT INTO log_pings (id, count) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1',
  )
  return (): void => void write.run()
}
