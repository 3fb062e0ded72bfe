import { setTimeout as sleep } from 'node:timers/promises'
import { TwofoldError } from '@twofold/core/errors.ts'
import type cassandra from 'cassandra-driver'
import { isRefusal } from './client.ts'

export interface SchemaSettings {
  readonly keyspace: string
  readonly dataCenter: string
  readonly replication: number
  readonly cellTtlSeconds: number
}

/** Windows of compaction per time to live: an expired window is dropped whole, so at most 1/24 of the disk waits. */
const windowsPerTtl = 24

/**
 * Makes what is missing of keyspace and tables; changes nothing that is there. Safe in several processes at once:
 * all of them ask the same node, which does one change after the other.
 */
export async function createSchema(client: cassandra.Client, settings: SchemaSettings): Promise<void> {
  const host = schemaNode(client, settings.dataCenter)
  if (await hasTables(client, host, settings.keyspace)) return
  for (const statement of statements(settings)) await change(client, host, statement)
}

async function hasTables(client: cassandra.Client, host: cassandra.Host, keyspace: string): Promise<boolean> {
  const query = `SELECT table_name FROM system_schema.tables WHERE keyspace_name = '${keyspace}'`
  const { rows } = await client.execute(query, [], { prepare: false, host })
  const names = new Set(rows.map((row) => row.table_name))
  return names.has('speed_cells') && names.has('speed_positions')
}

/** Cassandra 5 answers some changes that meet another one with a server error, though they are fine when repeated. */
async function change(client: cassandra.Client, host: cassandra.Host, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.execute(statement, [], { prepare: false, host, readTimeout: 20_000 })
      return
    } catch (error) {
      if (attempt === 6 || isRefusal(error)) throw error
      await sleep(100 * 2 ** attempt)
    }
  }
}

/** The data centre asked for, or that of the node that answered first. Throws INVALID_CONFIG when it isn't there. */
export function chooseDataCenter(client: cassandra.Client, asked: string | undefined): string {
  const known = client.hosts.values().map((host) => host.datacenter)
  const chosen = asked ?? known[0]
  if (chosen !== undefined && known.includes(chosen)) return chosen
  const choice = [...new Set(known)].join(', ')
  throw new TwofoldError('INVALID_CONFIG', `Cassandra has no data centre ${chosen}; it has ${choice}`)
}

function schemaNode(client: cassandra.Client, dataCenter: string): cassandra.Host {
  const local = client.hosts.values().filter((host) => host.datacenter === dataCenter)
  const hosts = local.sort((a, b) => (a.address < b.address ? -1 : 1))
  return hosts.find((host) => host.isUp()) ?? hosts[0]!
}

function statements({ keyspace, dataCenter, replication, cellTtlSeconds }: SchemaSettings): string[] {
  const windowMinutes = Math.max(1, Math.ceil(cellTtlSeconds / 60 / windowsPerTtl))
  return [
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace}
     WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter}': ${replication}}`,

    // Every write names its own time to live; the table's default only says the same, for whoever looks at it.
    // Nothing is ever deleted, so grace only has to outlast the three hours for which hints are kept.
    `CREATE TABLE IF NOT EXISTS ${keyspace}.speed_cells (
       "view" text, version text, slice bigint, "partition" int, "key" text, step bigint, bucket bigint, state text,
       PRIMARY KEY (("view", version, slice, "partition"), "key", step, bucket)
     ) WITH default_time_to_live = ${cellTtlSeconds} AND gc_grace_seconds = 10800
       AND compaction = {'class': 'TimeWindowCompactionStrategy',
         'compaction_window_unit': 'MINUTES', 'compaction_window_size': '${windowMinutes}'}`,

    `CREATE TABLE IF NOT EXISTS ${keyspace}.speed_positions (
       "view" text, version text, "partition" int, position text,
       PRIMARY KEY (("view", version), "partition"))`,
  ]
}
