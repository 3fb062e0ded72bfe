import { openSqliteEventLog } from '@twofold/adapters/sqlite/event-log.ts'
import { updatesTopic } from '@twofold/core/live/updates.ts'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { until } from './client.ts'
import { startEmbedded, type System } from './system.ts'
import { tellOfReplicas } from './tell-of-replicas.ts'
import { tellOfSilence } from './tell-of-silence.ts'
import { watchWindow } from './watch-window.ts'

const [all, second] = ['twofold', 'analytics-service-2']

describe('live, on the embedded set and a second analytics-service on its files', { timeout: 60_000 }, () => {
  let system: System
  beforeAll(async () => {
    system = await startEmbedded({}, 'scripts/start.ts', ['analytics-service'])
  }, 60_000)
  afterAll(() => system?.close())

  it('publishes a window once, and each correction, when the process is killed just before it closes', async () => {
    const window = await watchWindow(system, [all, second])
    await window.tap(20)
    await window.beforeItCloses()
    // Acknowledged, and most likely not folded when the process dies.
    await window.tap(10)
    await system.kill(all)
    await system.start(all)
    await window.reopen(all)
    await window.isTold()
    await window.tapLate()
    await window.isTold()
  })

  tellOfReplicas(() => ({ system, dies: second, stays: all, forgetUpdates: () => outliveUpdates(system) }))
})

describe('live, on an embedded set without batch runs', { timeout: 60_000 }, () => {
  let system: System
  beforeAll(async () => {
    system = await startEmbedded({ BATCH_CRON: '0 0 1 1 *' })
  }, 60_000)
  afterAll(() => system?.close())

  tellOfSilence(() => ({ system, replicas: [all] }))
})

/** Opens the log with a clock that is two hours ahead, and waits until it has trimmed what is too old by it. */
async function outliveUpdates({ env }: System): Promise<void> {
  const path = env['EVENT_LOG_URL']!.slice('sqlite:'.length)
  const log = await openSqliteEventLog({ path, now: () => Date.now() + 2 * 3_600_000, trimMs: 50 })
  const ends = await log.readBounds(updatesTopic)
  await until(
    () => log.readBounds(updatesTopic),
    (bounds) => bounds.every(({ begin }, partition) => begin >= ends[partition]!.end),
  )
  await log.close()
}
