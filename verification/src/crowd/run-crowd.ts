import { setTimeout as sleep } from 'node:timers/promises'
import { type ForkedSubscribers, forkSubscribers } from './fork-subscribers.ts'
import { type CrowdCounts, type SendOptions, sendCrowd, type SentCrowd } from './send-crowd.ts'
import type { SubscriberReport } from './subscriber-messages.ts'
import { wallClock } from './wall-clock.ts'
import { windowMs } from './watched-window.ts'

export interface CrowdOptions extends Omit<SendOptions, 'startedAt' | 'onProgress'> {
  /** Where streams and sockets are served. */
  readonly liveUrl: string
  /** Subscribers to the mood over server-sent events, and to likes over socket.io. */
  readonly subscribers: number
  readonly sockets: number
  /** Processes that the subscribers are spread over. */
  readonly processes: number
  /** How long the last windows may take until they are final on all screens. */
  readonly settleMs: number
  /** Latencies are told apart by the period in which events were due. */
  readonly periodMs: number
  /** Called when all subscribers are served, before the first event. */
  readonly onReady?: ((report: SubscriberReport, pids: readonly number[]) => void | Promise<void>) | undefined
  readonly onProgress?: ((progress: CrowdProgress) => void) | undefined
  /** Called when all is settled, while everybody still watches. */
  readonly onDone?: (() => void | Promise<void>) | undefined
}

export interface CrowdProgress {
  readonly counts: CrowdCounts
  readonly elapsedMs: number
  /** What the subscribers saw, a moment ago. */
  readonly seen: SubscriberReport
}

export interface CrowdRun {
  readonly sent: SentCrowd
  /** What was seen in the end. */
  readonly seen: SubscriberReport
  /** When the first event was due, at the earliest. Milliseconds since 1970. */
  readonly startedAt: number
  /** From the last acknowledgement until the last windows were final and right on all screens, or the time was over. */
  readonly settledMs: number
}

const progressMs = 5000
/** So long after its end, word of all events of a window has come. */
const wordMs = 4000
const pollMs = 250

/** Opens the subscribers, lets the crowd tap, and waits until the last windows are final on every screen. */
export async function runCrowd(options: CrowdOptions): Promise<CrowdRun> {
  const subscribers = await forkSubscribers({ ...options, url: options.liveUrl })
  try {
    await options.onReady?.(await subscribers.report({ since: wallClock(), until: 0 }), subscribers.pids)
    return await run(options, subscribers)
  } finally {
    await subscribers.close()
  }
}

async function run({ onProgress, ...options }: CrowdOptions, subscribers: ForkedSubscribers): Promise<CrowdRun> {
  // A window that began before is nobody's.
  const startedAt = (Math.floor(wallClock() / windowMs.mood) + 1) * windowMs.mood
  let counts: CrowdCounts | undefined
  const report = async (): Promise<void> => {
    const seen = await subscribers.report({ since: startedAt, until: wallClock() - wordMs })
    if (counts) onProgress?.({ counts, elapsedMs: wallClock() - startedAt, seen })
  }
  const sent = await meanwhile(progressMs, report, (failing) =>
    sendCrowd({
      ...options,
      signal: options.signal ? AbortSignal.any([options.signal, failing]) : failing,
      startedAt,
      onSettled(event, delivery) {
        if (delivery.outcome === 'acknowledged') subscribers.noteSent(event, startedAt + event.dueMs)
        options.onSettled?.(event, delivery)
      },
      onProgress: (now) => (counts = now),
    }),
  )
  const begin = performance.now()
  await awaitSettled(subscribers, startedAt, options.settleMs)
  const seen = await subscribers.report({ since: startedAt, until: Number.MAX_SAFE_INTEGER })
  const settledMs = performance.now() - begin
  await options.onDone?.()
  return { sent, seen, startedAt, settledMs }
}

/** Until everything is right, and windows of the mood are final: a minute of likes may last longer than anyone waits. */
async function awaitSettled(subscribers: ForkedSubscribers, since: number, timeoutMs: number): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await sleep(pollMs)) {
    const { mood, likes } = await subscribers.report({ since, until: 0 })
    if (mood.comparison.differing + mood.comparison.open + likes.comparison.differing === 0) return
  }
}

/**
 * Does some work every so often while an action lasts, one after the other: children answer one question at a time.
 * When it fails the action is told to end, and the failure is thrown.
 */
async function meanwhile<Result>(ms: number, work: () => Promise<void>, action: (failing: AbortSignal) => Promise<Result>): Promise<Result> {
  const [stopping, failing] = [new AbortController(), new AbortController()]
  const repeat = async (): Promise<void> => {
    for (;;) {
      await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      await work()
    }
  }
  const repeating = repeat()
  repeating.catch(() => failing.abort())
  try {
    const result = await action(failing.signal)
    stopping.abort()
    await repeating
    return result
  } finally {
    stopping.abort()
  }
}
