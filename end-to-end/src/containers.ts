import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { GenericContainer, Wait, getContainerRuntimeClient } from 'testcontainers'
import { serverImages } from './server-images.ts'

/** What can be done to a running server. Its data and its port survive all of these; `start` waits until it serves. */
export interface ContainerControl {
  readonly id: string
  /** Asks the process to end (SIGTERM). */
  stop(): Promise<void>
  /** Ends the process at once (SIGKILL): what was not synced by the process itself is not written any more. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Freezes the process: connections stay open and nothing answers. */
  pause(): Promise<void>
  unpause(): Promise<void>
  /** Runs a command beside the server; rejects with what it printed when it fails. */
  run(command: string[]): Promise<void>
}

export interface Server {
  readonly url: string
  readonly container: ContainerControl
  /** Ends the server for good, its data with it. */
  stop(): Promise<void>
}

export type ServerName = keyof typeof serverImages

/** Prefix of the environment variables by which `global-setup.ts` hands the servers to the tests. */
export const environmentName = (name: ServerName, what: 'URL' | 'CONTAINER') =>
  `TWOFOLD_TEST_${name.toUpperCase()}_${what}`

interface Recipe {
  port: number
  environment: (address: Address) => Record<string, string>
  command?: string[]
  /** The line that a server prints once clients are served, at each of its starts. */
  ready: RegExp
  url: (address: Address) => string
}

interface Address {
  host: string
  port: number
}

const recipes: Record<ServerName, Recipe> = {
  kafka: {
    port: 9092,
    environment: ({ host, port }) => ({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093,LOCAL://127.0.0.1:9094',
      // A broker tells its clients where it is. The host's port is chosen before the start, so it can be told at once.
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${host}:${port},LOCAL://127.0.0.1:9094`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOCAL:PLAINTEXT',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'LOCAL',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
      KAFKA_LOG_DIRS: '/var/lib/kafka/data',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      // After a kill the broker is let in again only when its former session has ended (9 s by default).
      KAFKA_BROKER_SESSION_TIMEOUT_MS: '3000',
      KAFKA_BROKER_HEARTBEAT_INTERVAL_MS: '1000',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      KAFKA_HEAP_OPTS: '-Xmx512m',
    }),
    ready: /Kafka Server started/,
    url: ({ host, port }) => `kafka://${host}:${port}`,
  },
  cassandra: {
    port: 9042,
    environment: () => ({
      CASSANDRA_FAST_START: '1',
      // No waits for the ring's other nodes (there are none), and the log goes on after the start.
      JVM_EXTRA_OPTS: [
        '-Dcassandra.skip_wait_for_gossip_to_settle=0', '-Dcassandra.ring_delay_ms=0', '-Dcassandra-foreground=yes',
      ].join(' '),
      MAX_HEAP_SIZE: '384M',
      HEAP_NEWSIZE: '96M',
    }),
    ready: /Startup complete/,
    url: ({ host, port }) => `cassandra://${host}:${port}/twofold?dc=datacenter1`,
  },
  mysql: {
    port: 3306,
    environment: () => ({ MYSQL_ROOT_PASSWORD: 'pw', MYSQL_DATABASE: 'twofold' }),
    command: ['mysqld', '--character-set-server=utf8mb4'],
    // The first start has a temporary server too, which listens on no port.
    ready: /ready for connections.*port: 3306/,
    url: ({ host, port }) => `mysql://root:pw@${host}:${port}/twofold`,
  },
}

/** @public */
export const startKafka = () => startServer('kafka')
/** @public */
export const startCassandra = () => startServer('cassandra')
/** @public */
export const startMysql = () => startServer('mysql')

/** Starts a server of its own for the caller. Rejects when Docker does not answer or has no such image. */
export async function startServer(name: ServerName): Promise<Server> {
  const recipe = recipes[name]
  const { info } = await getContainerRuntimeClient()
  const address = { host: info.containerRuntime.host, port: await freePort() }
  const started = await new GenericContainer(serverImages[name])
    .withEnvironment(recipe.environment(address))
    .withCommand(recipe.command ?? [])
    // A fixed port: one that Docker chooses changes when the container is started again.
    .withExposedPorts({ container: recipe.port, host: address.port })
    .withWaitStrategy(Wait.forLogMessage(recipe.ready))
    .withStartupTimeout(180_000)
    .start()
  return {
    url: recipe.url(address),
    container: controlContainer(name, started.getId()),
    stop: async () => { await started.stop({ remove: true, removeVolumes: true, timeout: 10_000 }) },
  }
}

/** The servers that `global-setup.ts` shares among the tests, with the means to break them. */
export function sharedServer(name: ServerName): Pick<Server, 'url' | 'container'> {
  const url = requireEnvironment(environmentName(name, 'URL'))
  // A getter: a developer who gives only URLs can run every test but those that break a server.
  return {
    url,
    get container() { return controlContainer(name, requireEnvironment(environmentName(name, 'CONTAINER'))) },
  }
}

function requireEnvironment(variable: string): string {
  const value = process.env[variable]
  if (!value) throw new Error(`${variable} is not set: run the tests with vitest.int.config.ts`)
  return value
}

function controlContainer(name: ServerName, id: string): ContainerControl {
  const container = async () => (await getContainerRuntimeClient()).container.getById(id)
  return {
    id,
    stop: async () => { await (await container()).stop({ t: 20 }) },
    kill: async () => {
      await (await container()).kill({ signal: 'SIGKILL' })
      await (await container()).wait()
    },
    start: async () => {
      await (await container()).start()
      await waitUntilReady(id, recipes[name].ready)
    },
    pause: async () => { await (await container()).pause() },
    unpause: async () => { await (await container()).unpause() },
    run: async (command) => {
      const { exitCode, output } = await (await getContainerRuntimeClient()).container.exec(await container(), command)
      if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${output}`)
    },
  }
}

/** A port that accepts is no proof: Docker's proxy accepts before the server listens. Its log since this start is. */
async function waitUntilReady(id: string, ready: RegExp, timeoutMs = 180_000): Promise<void> {
  const container = (await getContainerRuntimeClient()).container.getById(id)
  const { State: { StartedAt } } = await container.inspect()
  // Docker takes nanoseconds as a fraction; a number would lose them and read lines of the start before.
  const since = `${Math.floor(Date.parse(StartedAt) / 1000)}.${/\.(\d+)/.exec(StartedAt)?.[1] ?? '0'}`
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(200)) {
    const lines = await container.logs({ stdout: true, stderr: true, follow: false, since: since as unknown as number })
    const log = lines.toString()
    if (ready.test(log)) return
    if (!(await container.inspect()).State.Running) throw new Error(`container ${id} ended:\n${log.slice(-2000)}`)
  }
  throw new Error(`container ${id} is not ready after ${timeoutMs} ms`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '0.0.0.0')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
