import { isDeepStrictEqual } from 'node:util'
import type { HistoryPoint } from '@twofold/core/serving/read-history.ts'
import type { StateRow } from '@twofold/core/serving/merge-rows.ts'
import type { SliceSettings } from '@twofold/core/slices/slice.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { CountedFact, FactsByKey } from './naive-count.ts'
import type { WatchedView } from './watched-views.ts'

export interface Asked {
  readonly step: number
  readonly boundary: number
  readonly settings: SliceSettings
}

/** Steps that a view's buckets can be summed to. */
export function stepsOf({ resolutions }: View): number[] {
  const steps = resolutions.map(({ stepMs }) => stepMs)
  const coarsest = steps.at(-1)
  return coarsest === undefined ? [] : [...steps, 2 * coarsest]
}

/** The rows of every key must be apart, aligned, no finer than asked, and each must hold exactly the facts of its time. */
export function findBucketFault(
  watched: WatchedView,
  rows: readonly StateRow[],
  facts: FactsByKey,
  asked: Asked,
): string | undefined {
  const byKey = Map.groupBy(rows, ({ key }) => key)
  if (byKey.size !== facts.size) return `${byKey.size} keys instead of ${facts.size}`
  for (const [key, held] of facts) {
    const fault = findKeyFault(watched, byKey.get(key) ?? [], held, asked)
    if (fault) return `${key}: ${fault}`
  }
  return undefined
}

function findKeyFault(
  watched: WatchedView,
  rows: readonly StateRow[],
  facts: readonly CountedFact[],
  asked: Asked,
): string | undefined {
  const isOld = (fact: CountedFact): boolean => fellIntoAllTime(watched.view, fact, asked)
  let end = Number.NEGATIVE_INFINITY
  let covered = 0
  for (const row of rows) {
    const { stepMs, from } = row
    if (stepMs > 0 && (from < end || from % stepMs !== 0 || stepMs < asked.step))
      return `the row ${JSON.stringify(row)} after ${end}`
    if (stepMs > 0) end = from + stepMs
    const inside = facts.filter((fact) =>
      stepMs === 0 ? isOld(fact) : !isOld(fact) && fact.occurredAt >= from && fact.occurredAt < end,
    )
    const wanted = inside.length > 0 ? watched.valueOf(inside) : 'no row'
    if (!isDeepStrictEqual(watched.view.fold.valueOf(row.state), wanted))
      return `${JSON.stringify(row)} instead of ${JSON.stringify(wanted)}`
    covered += inside.length
  }
  return covered === facts.length ? undefined : `rows of ${covered} facts instead of ${facts.length}`
}

/** Each point counts everything up to its end, and what fell into all time. */
export function findHistoryFault(
  watched: WatchedView,
  points: readonly HistoryPoint[],
  facts: readonly CountedFact[],
  asked: Asked & { readonly limit: number },
): string | undefined {
  const isOld = (fact: CountedFact): boolean => fellIntoAllTime(watched.view, fact, asked)
  for (const { from, stepMs, cumulative } of points) {
    const wanted = facts.filter((fact) => isOld(fact) || fact.occurredAt < from + stepMs).length
    if (cumulative !== wanted) return `${cumulative} at ${from} instead of ${wanted}`
  }
  if (points.length === asked.limit) return undefined
  const first = points[0]?.from ?? Number.POSITIVE_INFINITY
  const missed = facts.find((fact) => !isOld(fact) && fact.occurredAt < first)
  return missed && `no point at ${missed.occurredAt}`
}

/** The coarsest bucket of the fact had aged: when the run looked at it, or when it came. */
function fellIntoAllTime(
  { resolutions }: View,
  { occurredAt, appendedAt }: CountedFact,
  { boundary, settings }: Asked,
): boolean {
  const { stepMs, keepMs } = resolutions.at(-1)!
  const isInBatch = appendedAt - (appendedAt % settings.sliceMs) < boundary
  const end = Math.floor(occurredAt / stepMs) * stepMs + stepMs
  return end + keepMs <= (isInBatch ? boundary : appendedAt)
}
