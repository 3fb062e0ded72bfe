import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessUse, readProcess } from './read-process.ts'

export interface Sample extends ProcessUse {
  /** Since the observation began. */
  readonly seconds: number
}

/** Every process' samples by its name, oldest first. */
export type Samples = Readonly<Record<string, readonly Sample[]>>

export interface Observation {
  stop(): Promise<Samples>
}

const sampleMs = 1000

/** Looks at processes once a second; one that has ended has no more samples. */
export function observe(pids: Readonly<Record<string, number>>): Observation {
  const samples = Object.fromEntries(Object.keys(pids).map((name) => [name, [] as Sample[]]))
  const begin = performance.now()
  const look = async (): Promise<void> => {
    const seconds = (performance.now() - begin) / 1000
    for (const [name, pid] of Object.entries(pids)) {
      const use = await readProcess(pid)
      if (use) samples[name]!.push({ seconds, ...use })
    }
  }
  const stopping = new AbortController()
  const looking = (async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look()
      await sleep(sampleMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await looking
      return samples
    },
  }
}

/** Cores that were busy on average from one moment to another. */
export function coresBetween(samples: readonly Sample[], from: number, until: number): number {
  return growthBetween(samples, from, until, ({ cpuSeconds }) => cpuSeconds)
}

/** Share of the time in which a process' main thread waited for a core: what was measured then says more about the machine. */
export function waitedBetween(samples: readonly Sample[], from: number, until: number): number {
  return growthBetween(samples, from, until, ({ waitedSeconds }) => waitedSeconds)
}

/** A second. */
function growthBetween(samples: readonly Sample[], from: number, until: number, valueOf: (sample: Sample) => number): number {
  const within = samples.filter(({ seconds }) => seconds >= from && seconds <= until)
  const [first, last] = [within[0], within.at(-1)]
  return first && last && last.seconds > first.seconds ? (valueOf(last) - valueOf(first)) / (last.seconds - first.seconds) : 0
}

/** Resident memory at a moment. */
export function rssAt(samples: readonly Sample[], seconds: number): number {
  return (samples.find((sample) => sample.seconds >= seconds) ?? samples.at(-1))?.rssBytes ?? 0
}

/** Growth of resident memory from a moment on, by least squares. Bytes a second. */
export function rssSlope(samples: readonly Sample[], from: number): number {
  const late = samples.filter(({ seconds }) => seconds >= from)
  const mean = (valueOf: (sample: Sample) => number): number => late.reduce((sum, sample) => sum + valueOf(sample), 0) / late.length
  const [middle, level] = [mean(({ seconds }) => seconds), mean(({ rssBytes }) => rssBytes)]
  const covariance = mean(({ seconds, rssBytes }) => (seconds - middle) * (rssBytes - level))
  const variance = mean(({ seconds }) => (seconds - middle) ** 2)
  return variance > 0 ? covariance / variance : 0
}
