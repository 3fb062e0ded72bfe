import { updatesTopic } from '@twofold/core/live/updates.ts'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { ContainerControl } from './containers.ts'
import { type Servers, startServers } from './servers.ts'
import { startDistributed, type System } from './system.ts'
import { tellOfReplicas } from './tell-of-replicas.ts'
import { tellOfSilence } from './tell-of-silence.ts'
import { watchWindow } from './watch-window.ts'

const processor = 'stream-processor'
const replicas = ['analytics-service', 'analytics-service-2'] as const

describe('live, on the real servers and two of each processor and replica', { timeout: 120_000 }, () => {
  let servers: Servers
  let system: System
  beforeAll(async () => {
    servers = await startServers()
    // The least that a broker allows: so long the partitions of a processor that was killed are nobody's.
    const urls = { ...servers.urls, EVENT_LOG_URL: `${servers.urls.EVENT_LOG_URL}?sessionTimeoutMs=6000` }
    system = await startDistributed(urls, {}, ['stream-processor', 'analytics-service'])
  }, 180_000)
  afterAll(async () => {
    await system?.close()
    await servers?.stop()
  }, 60_000)

  it('publishes a window once, and each correction, when a processor is killed just before it closes', async () => {
    const window = await watchWindow(system, replicas)
    await window.tap(20)
    await window.beforeItCloses()
    await window.tap(10)
    await system.kill(processor)
    await window.tap(10)
    await window.isTold()
    await window.tapLate()
    await window.isTold()
  })

  it('does so when a processor joins and another one leaves', async () => {
    const window = await watchWindow(system, replicas)
    await window.tap(20)
    await window.beforeItCloses()
    await system.start(processor)
    await system.process(`${processor}-2`).end('SIGTERM')
    // A tap that comes before is no late one: while partitions move, one of them may stay before the window's end.
    await window.isTold()
    await system.start(`${processor}-2`)
    await window.tapLate()
    await window.isTold()
  })

  it('does so when a processor sleeps until its partitions moved, and goes on', async () => {
    const window = await watchWindow(system, replicas)
    await window.tap(20)
    await window.beforeItCloses()
    system.process(processor).signal('SIGSTOP')
    await window.tap(10)
    await window.isTold()
    system.process(processor).signal('SIGCONT')
    const next = await watchWindow(system, replicas)
    await next.tap(5)
    await window.tapLate()
    await window.isTold()
    await next.isTold()
  })

  describe('without batch runs', () => {
    beforeAll(async () => void (await system.process('batch-processor').end('SIGTERM')))
    afterAll(() => system.start('batch-processor'))
    tellOfSilence(() => ({ system, replicas }))
  })

  const [stays, dies] = replicas
  tellOfReplicas(() => ({ system, dies, stays, forgetUpdates: () => deleteUpdates(servers.kafka.container) }))
})

/** Moves the begin of each partition to its end. */
async function deleteUpdates(kafka: ContainerControl): Promise<void> {
  const partitions = [0, 1, 2, 3].map((partition) => ({ topic: updatesTopic, partition, offset: -1 }))
  const command = '/opt/kafka/bin/kafka-delete-records.sh --bootstrap-server 127.0.0.1:9094 --offset-json-file'
  await kafka.run(['sh', '-c', `file=$(mktemp) && echo '${JSON.stringify({ partitions, version: 1 })}' > $file && ${command} $file`])
}
