import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import type { Figure, SetName } from './figures.ts'
import type { LiveSettings } from './live/live-settings.ts'

/** What a benchmark gets. */
export interface Bench {
  readonly set: SetName
  /** Servers, or fresh files, for one benchmark. */
  readonly urls: StoreUrls
  /** Names topics and views of this run apart from those of any other on the same servers. */
  readonly nonce: string
  readonly quick: boolean
  /** How often each side runs. */
  readonly rounds: number
  readonly live: LiveSettings
  /** Says what is going on. */
  readonly say: (text: string) => void
}

export type Benchmark = (bench: Bench) => Promise<Figure[]>

/** Runs the sides one after the other, round by round: what else happens on the machine hits all of them alike. */
export async function interleave<Result>(
  { rounds, say }: Bench,
  sides: Readonly<Record<string, (round: number) => Promise<Result>>>,
): Promise<Record<string, Result[]>> {
  const results: Record<string, Result[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(sides)) {
      const result = await run(round)
      say(`round ${round + 1} ${name} ${JSON.stringify(result)}`)
      ;(results[name] ??= []).push(result)
    }
  }
  return results
}

/** How a set acknowledges: said beside every figure that depends on it. */
export const logSetting = {
  embedded: 'SQLite log, WAL, synchronous=FULL, group commit',
  real: 'Kafka, one broker, acks=all, no fsync by the broker',
} as const
