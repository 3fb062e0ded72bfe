import { describe, it, type TestContext } from 'vitest'
import { joinPeriods } from './add-reports.ts'
import { describeCrowd, isFlawless } from './describe-crowd.ts'
import { type CrowdOptions, type CrowdRun, runCrowd } from './run-crowd.ts'
import { type StubBehaviour, startStubLiveApi, type StubLiveApi } from './stub-live-api.ts'

interface Ran {
  readonly api: StubLiveApi
  readonly result: CrowdRun
}

type Setting = StubBehaviour & { readonly options?: Partial<CrowdOptions>; readonly dropAfterMs?: number }

async function run({ onTestFinished }: TestContext, { options, dropAfterMs, ...behaviour }: Setting = {}): Promise<Ran> {
  const api = await startStubLiveApi(behaviour)
  onTestFinished(() => api.close())
  const subscribers = { subscribers: 12, sockets: 0, processes: 2, settleMs: 20_000, periodMs: 10_000 }
  const crowd = { seed: 5, rate: 200, durationMs: 1000, clients: 40, rooms: 3, videos: 4, connections: 4, giveUpMs: 10_000 }
  const onReady = (): void => void (dropAfterMs !== undefined && setTimeout(() => api.dropAll(), dropAfterMs))
  return { api, result: await runCrowd({ url: api.url, liveUrl: api.url, ...subscribers, ...crowd, onReady, ...options }) }
}

// Each waits for windows to close.
describe.concurrent('a crowd with its subscribers', () => {
  it('finds every tap on every screen that watches its room', async (test) => {
    const { expect } = test
    const { api, result } = await run(test)
    const { sent, seen } = result
    expect(describeCrowd(result, 5)).toContain('12 opened, 0 failed, 0 dropped, 0 reconnected, 0 resyncs')
    expect(seen.mood.comparison).toMatchObject({ differing: 0, open: 0 })
    expect(isFlawless(result)).toBe(true)
    // Of twelve people six watch the crowd as well, and every room is watched by four.
    expect(joinPeriods(seen.mood.latencies).count).toBe(sent.counts.taps * (6 + 4))
    expect(joinPeriods(seen.mood.latencies).percentiles().p50).toBeGreaterThan(0)
    expect(new Set(api.streams.map(({ rooms }) => rooms.join(',')))).toEqual(
      new Set(['all,room-1', 'all,room-2', 'all,room-3', 'room-1', 'room-2', 'room-3']),
    )
  })

  it('sends again what was not taken, with the same ids, and counts it once', async (test) => {
    const { expect } = test
    const statusOf = (id: string, attempt: number): number => (Number(id.slice(-1)) % 2 === 0 && attempt === 0 ? 503 : 202)
    const { result } = await run(test, { statusOf, isChunked: true })
    expect(result.sent.counts.retried).toBeGreaterThan(0)
    expect(result.sent.counts.acknowledged).toBe(result.sent.counts.taps + result.sent.counts.likes)
    expect(isFlawless(result)).toBe(true)
  })

  it('says what was refused', async (test) => {
    const { expect } = test
    const { result } = await run(test, { statusOf: (id) => (id.endsWith('3') ? 422 : 202) })
    expect(result.sent.counts.refused).toBeGreaterThan(0)
    expect(describeCrowd(result, 5)).toMatch(/first that was not taken: \w+ crowd-5-\d*3: 422/)
    expect(result.seen.mood.comparison.differing).toBe(0)
    expect(isFlawless(result)).toBe(false)
  })

  it('comes back with the last id when a connection ends, and counts that', async (test) => {
    const { expect } = test
    const { api, result } = await run(test, { dropAfterMs: 2500, options: { durationMs: 3000 } })
    expect(result.seen.mood.connections).toMatchObject({ opened: 12, dropped: 12, reconnected: 12 })
    expect(result.seen.mood.comparison).toMatchObject({ differing: 0 })
    expect(api.streams.slice(12).every(({ lastId }) => Number(lastId) > 0)).toBe(true)
    expect(isFlawless(result)).toBe(false)
  })

  it('finds a count that is wrong on the screens', async (test) => {
    const { expect } = test
    const shownOf = (count: number): number => (count > 20 ? count - 1 : count)
    const { result } = await run(test, { shownOf, options: { settleMs: 500 } })
    expect(result.seen.mood.comparison.differing).toBeGreaterThan(0)
    expect(describeCrowd(result, 5)).toMatch(/first: mood of \S+ from \S+Z: \d+ acknowledged, shown \d+ on \d+ of \d+ screens/)
    expect(isFlawless(result)).toBe(false)
  })

  it('tells when nobody could be served', async (test) => {
    const { expect } = test
    const options = { liveUrl: 'http://127.0.0.1:1', subscribers: 2, durationMs: 100, settleMs: 0 }
    const { result } = await run(test, { options })
    expect(result.seen.mood.connections).toMatchObject({ opened: 0, failed: 2 })
    expect(isFlawless(result)).toBe(false)
  })
  it('ends the crowd when something fails meanwhile, and tells it', async (test) => {
    const { expect } = test
    const onProgress = (): never => {
      throw new Error('nowhere to write')
    }
    await expect(run(test, { options: { subscribers: 2, rate: 20, durationMs: 60_000, onProgress } })).rejects.toThrow('nowhere to write')
  })
})
