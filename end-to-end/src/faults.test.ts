import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createProver } from './prove.ts'
import { startEmbedded, type System } from './system.ts'

describe('the embedded set under load', { timeout: 120_000 }, () => {
  let system: System
  beforeAll(async () => {
    system = await startEmbedded({ DEDUP_HORIZON_MS: '60000' })
  }, 60_000)
  afterAll(() => system?.close())

  it('counts every acknowledged event once while its process is killed again and again', async () => {
    const prover = await createProver(system)
    await prover.prove({ rate: 150, durationMs: 16_000, seed: 7 }, async () => {
      for (let kills = 0; kills < 3; kills++) {
        await sleep(3_000)
        await system.kill('twofold')
        await sleep(300)
        await system.start('twofold')
      }
    })
    await prover.close()
  })
})
