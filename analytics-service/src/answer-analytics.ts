import { TwofoldError } from '@twofold/core/errors.ts'
import { readHistory } from '@twofold/core/serving/read-history.ts'
import { readPage } from '@twofold/core/serving/read-view.ts'
import { formatStep } from '@twofold/core/serving/steps.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import { userCount } from '@twofold/core/views/user-count.ts'
import { onlyKey, type View } from '@twofold/core/views/view.ts'
import { type AssessedFooting, findFooting, type ServingLayer } from './find-footing.ts'
import type { ParsedQuery } from './parse-query.ts'

export interface UserCountPoint {
  /** `<step>:<from>`: the same for the same point of every answer. */
  readonly id: string
  readonly time: string
  /** All users up to the end of the step that begins at `time`. */
  readonly userCount: number
}

export interface Analytics {
  readonly longestNameUser: { readonly id: string; readonly name: string } | null
  readonly userCount: readonly UserCountPoint[]
}

export interface AnalyticsAnswer {
  readonly body: Analytics
  /** The older one of the two boundaries, milliseconds; null before the first run. */
  readonly boundary: number | null
  readonly complete: boolean
}

/** The view whose query parameters `GET /analytics` takes. */
export const analyticsView: View = userCount

/** Both members of `GET /analytics`. It has no member for what is missing, so it refuses when a layer can't be read. */
export async function answerAnalytics(layer: ServingLayer, query: ParsedQuery): Promise<AnalyticsAnswer> {
  const [names, counts] = await Promise.all([findWhole(layer, longestName), findWhole(layer, userCount)])
  const [page, history] = await Promise.all([
    readPage(layer, longestName, names, { step: 'all', limit: 1 }),
    readHistory(layer, userCount, counts, { ...query, key: onlyKey }),
  ])
  const [row] = page.rows
  const leader = row ? (longestName.fold.valueOf(row.state) as Analytics['longestNameUser']) : null
  const points = history.map(({ stepMs, from, cumulative }) => {
    const time = new Date(from).toISOString().replace('.000Z', 'Z')
    return { id: `${formatStep(stepMs)}:${time}`, time, userCount: cumulative }
  })
  return {
    body: { longestNameUser: leader, userCount: points },
    boundary: names.run && counts.run && Math.min(names.run.boundary, counts.run.boundary),
    complete: names.missing.length + counts.missing.length === 0,
  }
}

async function findWhole(layer: ServingLayer, view: View): Promise<AssessedFooting> {
  const footing = await findFooting(layer, view, undefined)
  if (footing.positions !== null) return footing
  throw new TwofoldError('STORE_UNAVAILABLE', 'the counter store can not be read')
}
