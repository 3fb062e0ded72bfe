import { runCrowd, type CrowdRun } from '@twofold/verification/crowd/run-crowd.ts'
import { describeCrowdProgress } from '@twofold/verification/crowd/describe-crowd.ts'
import type { Bench } from '../bench.ts'
import type { ProcessState } from '../report-state.ts'
import { checkLimits } from './check-limits.ts'
import { type LiveServices, startLiveServices } from './live-services.ts'
import type { LiveSettings } from './live-settings.ts'
import { observe, type Observation, type Samples } from './observe.ts'
import { type ComingStuck, scheduleStuck } from './stuck-subscriber.ts'
import { watchMetrics, type WatchedMetrics } from './watch-metrics.ts'

/** What one run showed. */
export interface LiveResult {
  readonly crowd: CrowdRun
  /** By the name of the process, from when all subscribers were served until the last event was on all screens. */
  readonly samples: Samples
  /** The analytics process before anybody subscribed, when all were served, and at the end, each after a full collection. */
  readonly states: { readonly idle: ProcessState; readonly served: ProcessState; readonly done: ProcessState }
  /** Of the analytics process, over the same time as the samples. */
  readonly metrics: WatchedMetrics
  readonly stuck: ComingStuck
  readonly periodMs: number
}

export interface LiveRunOptions {
  /** With a subscriber that never reads, who comes after a third of the time. */
  readonly withStuck: boolean
  readonly seed: number
}

/** Starts the services, subscribes, lets the crowd tap, and watches what it costs. */
export async function runLive(bench: Bench, settings: LiveSettings, options: LiveRunOptions): Promise<LiveResult> {
  await checkLimits(settings)
  const services = await startLiveServices(bench.urls, settings.isWhole)
  try {
    return await run(bench, services, settings, options)
  } finally {
    await services.stop()
  }
}

const settleMs = 30_000

async function run({ say }: Bench, services: LiveServices, settings: LiveSettings, options: LiveRunOptions): Promise<LiveResult> {
  const { analytics, ingest } = services
  const { seconds } = settings
  const idle = await analytics.state()
  const periodMs = Math.max(2000, Math.round((seconds * 1000) / 18))
  const metrics = watchMetrics(analytics.url)
  const stuck = scheduleStuck(analytics.url, settings)
  let observation: Observation | undefined
  let [served, done] = [idle, idle]
  try {
    const crowd = await runCrowd({
      ...settings,
      ...people,
      url: ingest.url,
      liveUrl: analytics.url,
      seed: options.seed,
      durationMs: seconds * 1000,
      periodMs,
      settleMs,
      async onReady({ mood, likes }, pids) {
        served = await analytics.state()
        say(`${mood.connections.opened} SSE and ${likes.connections.opened} socket.io subscribers are served`)
        observation = observe(pidsOf(services, pids))
        metrics.begin()
        if (options.withStuck) stuck.begin()
      },
      onProgress: (progress) => say(describeCrowdProgress(progress)),
      async onDone() {
        await metrics.stop()
        done = await analytics.state()
      },
    })
    const samples = await observation!.stop()
    return { crowd, samples, states: { idle, served, done }, metrics, stuck, periodMs }
  } finally {
    stuck.end()
    await Promise.all([metrics.stop(), observation?.stop()])
  }
}

const people = { clients: 10_000, videos: 200, connections: 16, giveUpMs: 60_000 }

function pidsOf({ pids }: LiveServices, clients: readonly number[]): Record<string, number> {
  return { ...pids, ...Object.fromEntries(clients.map((pid, at) => [`clients ${at + 1}`, pid])), sender: process.pid }
}
