import { readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import { type AltNames, type Authority, type Certificate, expired } from '@twofold/runtime/certificates.test-kit.ts'
import { freePort } from './free-port.ts'
import { serverImages } from './server-images.ts'

/** Servers that speak TLS only, with one login: what a production system should look like from a service. */
export const login = { username: 'twofold', password: 'a password: with @/&% in it' }

/** Where PEM files are in a container. */
const inside = (file: string): string => `/certs/${file}`

interface TlsServer {
  readonly container: StartedTestContainer
  stop(): Promise<void>
}

async function start(container: GenericContainer, ready: RegExp): Promise<TlsServer> {
  const started = await container.withWaitStrategy(Wait.forLogMessage(ready)).withStartupTimeout(180_000).start()
  return { container: started, stop: async () => void (await started.stop({ remove: true, removeVolumes: true, timeout: 10_000 })) }
}

/** Key and certificate in one file, as Java's servers want them. */
async function bundle(folder: string, name: string, { certFile, keyFile }: Certificate): Promise<string> {
  const path = join(folder, `${name}.bundle.pem`)
  await writeFile(path, (await readFile(keyFile, 'utf8')) + (await readFile(certFile, 'utf8')))
  return path
}

async function hostName(): Promise<string> {
  return (await getContainerRuntimeClient()).info.containerRuntime.host
}

/** The names under which a test reaches a container. */
async function reachable(): Promise<{ altNames: AltNames }> {
  const host = await hostName()
  return { altNames: [{ type: 'dns', value: 'localhost' }, { type: isIP(host) ? 'ip' : 'dns', value: host }] }
}

export interface TlsKafka extends TlsServer {
  /** Wants a certificate of the client. */
  readonly mutualUrl: string
  /** Wants SCRAM-SHA-512. */
  readonly scramUrl: string
  /** Shows a certificate that has expired. */
  readonly expiredUrl: string
}

/** One broker with a listener of each kind. */
export async function startTlsKafka(folder: string, authority: Authority): Promise<TlsKafka> {
  const host = await hostName()
  const [mutual, scram, old] = [await freePort(), await freePort(), await freePort()]
  const files = {
    'kafka.pem': await bundle(folder, 'kafka', await authority.issue('kafka', await reachable())),
    'old.pem': await bundle(folder, 'kafka-old', await authority.issue('kafka-old', { ...(await reachable()), ...expired })),
    'ca.pem': authority.caFile,
  }
  const server = await start(
    new GenericContainer(serverImages.kafka)
      .withEnvironment({
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: 'MUTUAL://:9192,SCRAM://:9193,EXPIRED://:9194,LOCAL://127.0.0.1:9094,CONTROLLER://127.0.0.1:9093',
        KAFKA_ADVERTISED_LISTENERS: `MUTUAL://${host}:${mutual},SCRAM://${host}:${scram},EXPIRED://${host}:${old},LOCAL://127.0.0.1:9094`,
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'MUTUAL:SSL,SCRAM:SASL_SSL,EXPIRED:SSL,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
        KAFKA_INTER_BROKER_LISTENER_NAME: 'LOCAL',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
        KAFKA_LOG_DIRS: '/var/lib/kafka/data',
        KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_HEAP_OPTS: '-Xmx384m',
        ...pemOf('', 'kafka.pem'),
        ...pemOf('LISTENER_NAME_EXPIRED_', 'old.pem'),
        KAFKA_LISTENER_NAME_MUTUAL_SSL_CLIENT_AUTH: 'required',
        KAFKA_LISTENER_NAME_SCRAM_SASL_ENABLED_MECHANISMS: 'SCRAM-SHA-512',
        // Three underscores stand for a hyphen in the name of a property.
        KAFKA_LISTENER_NAME_SCRAM_SCRAM___SHA___512_SASL_JAAS_CONFIG: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      })
      .withCopyFilesToContainer(Object.entries(files).map(([name, source]) => ({ source, target: inside(name), mode: 0o644 })))
      .withExposedPorts({ container: 9192, host: mutual }, { container: 9193, host: scram }, { container: 9194, host: old }),
    /Kafka Server started/,
  )
  const user = ['--entity-type', 'users', '--entity-name', login.username, '--add-config', `SCRAM-SHA-512=[password=${login.password}]`]
  const { exitCode, output } = await server.container.exec(['/opt/kafka/bin/kafka-configs.sh', '--bootstrap-server', '127.0.0.1:9094', '--alter', ...user])
  if (exitCode !== 0) throw new Error(`kafka-configs: ${output}`)
  const urlOf = (port: number): string => `kafka://${host}:${port}`
  return { ...server, mutualUrl: urlOf(mutual), scramUrl: urlOf(scram), expiredUrl: urlOf(old) }
}

function pemOf(prefix: string, file: string): Record<string, string> {
  const settings = { KEYSTORE_TYPE: 'PEM', KEYSTORE_LOCATION: inside(file), TRUSTSTORE_TYPE: 'PEM', TRUSTSTORE_LOCATION: inside('ca.pem') }
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`KAFKA_${prefix}SSL_${name}`, value]))
}

/** Its own file says neither TLS nor logins; both may be blocks, so they are taken out whole before ours come in. */
const cassandraScript = `set -e
yaml=/etc/cassandra/cassandra.yaml
edited=$(mktemp)
awk '/^(client_encryption_options|authenticator):/ {skip=1; next} /^[^ #]/ {skip=0} !skip' $yaml > $edited
cat $edited - > $yaml <<'END'

authenticator: PasswordAuthenticator
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: ${inside('cassandra.pem')}
  truststore: ${inside('ca.pem')}
END
exec docker-entrypoint.sh cassandra -f`

/** One node that wants a certificate and a login. Its users are its own: `cassandra` with that password. */
export async function startTlsCassandra(folder: string, authority: Authority): Promise<TlsServer & { readonly url: string }> {
  const port = await freePort()
  const files = { 'cassandra.pem': await bundle(folder, 'cassandra', await authority.issue('cassandra', await reachable())), 'ca.pem': authority.caFile }
  const options = ['.skip_wait_for_gossip_to_settle=0', '.ring_delay_ms=0', '.superuser_setup_delay_ms=0', '-foreground=yes']
  const server = await start(
    new GenericContainer(serverImages.cassandra)
      .withEnvironment({
        CASSANDRA_FAST_START: '1',
        JVM_EXTRA_OPTS: options.map((option) => `-Dcassandra${option}`).join(' '),
        MAX_HEAP_SIZE: '384M',
        HEAP_NEWSIZE: '96M',
      })
      .withCommand(['bash', '-c', cassandraScript])
      .withCopyFilesToContainer(Object.entries(files).map(([name, source]) => ({ source, target: inside(name), mode: 0o644 })))
      .withExposedPorts({ container: 9042, host: port }),
    /Created default superuser role/, // which it logs after its start, as it goes on to log only in the foreground
  )
  return { ...server, url: `cassandra://${await hostName()}:${port}/twofold?dc=datacenter1` }
}

/**
 * A server that takes TLS only. `showExpired` makes it show a certificate that has expired. It refuses to load one, so
 * it gets one that ends soon, and that is waited for.
 */
export async function startTlsMysql(authority: Authority): Promise<TlsServer & { readonly url: string; showExpired(): Promise<void> }> {
  const port = await freePort()
  const good = await authority.issue('mysql')
  const files = { 'ca.pem': authority.caFile, 'good.pem': good.certFile, 'good.key': good.keyFile }
  const tls = [`--ssl-ca=${inside('ca.pem')}`, `--ssl-cert=${inside('good.pem')}`, `--ssl-key=${inside('good.key')}`]
  const server = await start(
    new GenericContainer(serverImages.mysql)
      .withEnvironment({
        MYSQL_ROOT_PASSWORD: 'root password', MYSQL_DATABASE: 'twofold', MYSQL_USER: login.username, MYSQL_PASSWORD: login.password,
      })
      .withCommand(['mysqld', '--require-secure-transport=ON', ...tls])
      .withCopyFilesToContainer(Object.entries(files).map(([name, source]) => ({ source, target: inside(name), mode: 0o644 })))
      .withExposedPorts({ container: 3306, host: port }),
    /ready for connections.*port: 3306/,
  )
  const load = `SET GLOBAL ssl_cert = '${inside('short.pem')}', GLOBAL ssl_key = '${inside('short.key')}'; ALTER INSTANCE RELOAD TLS`
  return {
    ...server,
    // By name: who gives an address is refused.
    url: `mysql://localhost:${port}/twofold`,
    async showExpired() {
      const until = new Date(Date.now() + 6000)
      const { certFile, keyFile } = await authority.issue('mysql-short', { until })
      const mode = 0o644
      await server.container.copyFilesToContainer([{ source: certFile, target: inside('short.pem'), mode }, { source: keyFile, target: inside('short.key'), mode }])
      const { exitCode, output } = await server.container.exec(['mysql', '-uroot', '-proot password', '-e', load])
      if (exitCode !== 0) throw new Error(`mysql: ${output}`)
      await sleep(until.getTime() - Date.now() + 1000)
    },
  }
}
