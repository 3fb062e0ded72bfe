import { setTimeout as sleep } from 'node:timers/promises'

/** Figures that a service tells of itself. */
export interface WatchedMetrics {
  /** From now on. */
  begin(): void
  /** Values of a metric, oldest first, added up over its labels; empty when the service doesn't have it. */
  valuesOf(name: string): readonly number[]
  /** By how much a metric grew. */
  growthOf(name: string): number
  /** With a last look; does nothing the second time. */
  stop(): Promise<void>
}

/** A scrape costs the process something itself. */
const scrapeMs = 5000

/** Scrapes `/metrics` now and then. */
export function watchMetrics(url: string): WatchedMetrics {
  const scrapes: string[] = []
  const stopping = new AbortController()
  let scraping: Promise<void> | undefined
  const scrape = async (): Promise<void> => {
    const response = await fetch(`${url}/metrics`)
    scrapes.push(await response.text())
  }
  const scrapeUntilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await scrape().catch(() => {})
      await sleep(scrapeMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
    await scrape().catch(() => {})
  }
  const valuesOf = (name: string): number[] =>
    scrapes.map((text) => readMetric(text, name)).filter((value) => value !== undefined)
  return {
    begin: () => void (scraping ??= scrapeUntilStopped()),
    valuesOf,
    growthOf(name) {
      const values = valuesOf(name)
      return (values.at(-1) ?? 0) - (values[0] ?? 0)
    },
    stop() {
      stopping.abort()
      return scraping ?? Promise.resolve()
    },
  }
}

/** Undefined when there is no such line. */
function readMetric(text: string, name: string): number | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  if (lines.length === 0) return undefined
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
