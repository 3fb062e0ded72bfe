import { env } from 'node:process'
import { type Outcome, playHistory } from './history.ts'
import type { Sabotage } from './sabotage.ts'

/** The seed of the first history; the ones after it count up. `SEED=<n> HISTORIES=1` plays one again. */
export const firstSeed = Number(env['SEED'] ?? 1)

export interface Summary {
  readonly histories: number
  readonly records: number
  /** A boundary counts each time that it was checked at another moment. */
  readonly boundaries: number
  readonly answers: number
  readonly faults: readonly string[]
}

/** Plays histories until `limit` of them, or until so many were wrong that more would say nothing new. */
export async function playHistories(
  limit: number,
  sabotage: Sabotage = {},
  faultsWanted = Number.POSITIVE_INFINITY,
): Promise<Summary> {
  const outcomes: Outcome[] = []
  const faults: string[] = []
  for (let seed = firstSeed; seed < firstSeed + limit && faults.length < faultsWanted; seed++) {
    const outcome = await playHistory(seed, { sabotage })
    outcomes.push(outcome)
    if (outcome.fault) faults.push(`seed ${seed}: ${outcome.fault}`)
  }
  const total = (numberOf: (outcome: Outcome) => number): number =>
    outcomes.reduce((sum, outcome) => sum + numberOf(outcome), 0)
  return {
    histories: outcomes.length,
    records: total(({ records }) => records),
    boundaries: total(({ boundaries }) => boundaries),
    answers: total(({ answers }) => answers),
    faults,
  }
}
