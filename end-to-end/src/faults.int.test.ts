import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, until } from './client.ts'
import { createProver, type Prover } from './prove.ts'
import { type Servers, startServers } from './servers.ts'
import { startDistributed, type System } from './system.ts'

const outageMs = 30_000

describe('the real servers under load', { timeout: 300_000 }, () => {
  let servers: Servers
  let system: System
  let prover: Prover
  beforeAll(async () => {
    servers = await startServers()
    system = await startDistributed(servers.urls, { DEDUP_HORIZON_MS: '120000' }, ['stream-processor'])
    prover = await createProver(system)
  }, 180_000)
  afterAll(async () => {
    await system?.close()
    await servers?.stop()
  }, 120_000)

  it('counts every acknowledged event once while each service is killed and Kafka is restarted', async () => {
    await prover.prove({ rate: 100, durationMs: 60_000, seed: 11 }, async () => {
      for (const service of system.services) {
        await sleep(2_000)
        await system.kill(service)
        await sleep(500)
        await system.start(service)
      }
      await servers.kafka.container.stop()
      await servers.kafka.container.start()
    })
  })

  it('changes nothing when a processor sleeps until its partitions moved, and goes on', async () => {
    await prover.prove({ rate: 100, durationMs: 35_000, seed: 12 }, async () => {
      await sleep(3_000)
      system.process('stream-processor').signal('SIGSTOP')
      await sleep(20_000)
      system.process('stream-processor').signal('SIGCONT')
    })
  })

  it('goes on accepting while MySQL is down, answers no wrong number, and catches up', async () => {
    const client = createClient(system)
    const { counts } = await prover.prove({ rate: 50, durationMs: outageMs + 10_000, seed: 13 }, async () => {
      await sleep(3_000)
      await servers.mysql.container.stop()
      const stoppedAt = Date.now()
      expect(await missingOf(system, 'transactional-service')).toMatch(/row store/)
      expect((await client.view('user-count', '?step=all')).status).toBe(503)
      expect((await client.analytics()).status).toBe(503)
      await sleep(outageMs - (Date.now() - stoppedAt))
      await servers.mysql.container.start()
      await until(() => client.view('user-count', '?step=all'), ({ status, body }) => status === 200 && body.complete, 60_000)
    })
    expect(counts.retried).toBe(0)
  })

  it('goes on accepting while Cassandra is down, says that the speed part is missing, and catches up', async () => {
    const client = createClient(system)
    const { counts } = await prover.prove({ rate: 50, durationMs: outageMs + 10_000, seed: 14 }, async () => {
      await sleep(3_000)
      await servers.cassandra.container.stop()
      const stoppedAt = Date.now()
      expect(await missingOf(system, 'stream-processor')).toMatch(/counter store/)
      const { status, body } = await client.view('emoji-count', '?step=all')
      expect({ status, complete: body.complete, missing: body.missing }).toEqual({ status: 200, complete: false, missing: ['speed'] })
      expect((await client.analytics()).status).toBe(503)
      await sleep(Math.max(0, outageMs - (Date.now() - stoppedAt)))
      await servers.cassandra.container.start()
      await until(() => client.view('user-count', '?step=all'), ({ status: code, body: answer }) => code === 200 && answer.complete, 60_000)
    })
    expect(counts.retried).toBe(0)
  })

  it('never answered more than was sent', () => prover.close())
})

async function missingOf(system: System, service: string): Promise<string> {
  const { status, body } = await createClient(system).get<{ missing: string[] }>(`${system.urlOf(service)}/readyz`)
  expect(status).toBe(503)
  return body.missing.join('; ')
}
