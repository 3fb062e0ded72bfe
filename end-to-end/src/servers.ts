import { type Server, startCassandra, startKafka, startMysql } from './containers.ts'
import type { StoreUrls } from './system.ts'

/** Kafka, Cassandra and MySQL for one test file alone: empty, and free to be broken. */
export interface Servers {
  readonly kafka: Server
  readonly cassandra: Server
  readonly mysql: Server
  readonly urls: StoreUrls
  stop(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const [kafka, cassandra, mysql] = await Promise.all([startKafka(), startCassandra(), startMysql()])
  const urls = { EVENT_LOG_URL: kafka.url, COUNTER_STORE_URL: cassandra.url, ROW_STORE_URL: mysql.url }
  return {
    kafka,
    cassandra,
    mysql,
    urls,
    async stop() {
      await Promise.all([kafka.stop(), cassandra.stop(), mysql.stop()])
    },
  }
}
