import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProcess } from './child-process.ts'
import { createClient, until } from './client.ts'
import { startEmbedded, type System } from './system.ts'

const never = '0 0 1 1 *'

describe('node batch-processor/src/main.ts --once', { timeout: 60_000 }, () => {
  let system: System
  beforeAll(async () => {
    system = await startEmbedded({ BATCH_CRON: never })
  }, 60_000)
  afterAll(() => system?.close())

  const runOnce = async (env: Record<string, string> = {}) => {
    const running = startProcess('batch-processor/src/main.ts', { ...system.env, ...env }, ['--once'])
    return { code: await running.ended(), output: running.output() }
  }

  it('publishes a run and exits with 0', async () => {
    const client = createClient(system)
    await client.post('/user', { id: '1', name: 'Ada' })
    await until(() => client.view('user-count', '?step=all'), ({ body }) => body.rows[0]?.value === 1)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await runOnce()).toMatchObject({ code: 0, output: expect.stringContaining('"outcome":"published"') })
    const { body } = await client.view('user-count', '?step=all')
    expect([body.asOf.run, body.rows[0]?.value]).toEqual([expect.any(Number), 1])
  })

  it('exits with 0 when another run holds the lease', async () => {
    const { rows } = await system.openStores()
    expect(await rows.holdLease('batch-run', 'somebody else', 30_000)).toBe(true)
    expect(await runOnce()).toMatchObject({ code: 0, output: expect.stringContaining('"outcome":"lease-held"') })
    await rows.releaseLease('batch-run', 'somebody else')
  })

  it('exits with 1 when the raw rows do not come, and says which', async () => {
    await system.kill('twofold')
    const { code, output } = await runOnce({ BATCH_ROWS_TIMEOUT_MS: '300' })
    expect(code).toBe(1)
    expect(output).toMatch(/raw rows are missing: user\/0 before offset \d+/)
    await system.start('twofold')
  })

  it('exits with 2 and names every fault of its configuration', async () => {
    const { code, output } = await runOnce({ BATCH_CRON: 'now and then', CELL_TTL_MS: '1', LOG_RETENTION_MS: '5', SLICE_MS: 'x' })
    expect(code).toBe(2)
    for (const name of ['BATCH_CRON', 'SLICE_MS']) expect(output).toContain(name)
  })
})
