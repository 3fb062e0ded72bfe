import { TwofoldError } from '@twofold/core/errors.ts'
import {
  type PublishedRun,
  type RowStore,
  type RunRow,
  type RunRowQuery,
  type RunToPublish,
  totalStepMs,
  type ViewVersion,
} from '@twofold/core/ports/row-store.ts'

type Names =
  | 'holdLease'
  | 'releaseLease'
  | 'createRun'
  | 'writeRunRows'
  | 'publishRun'
  | 'readNewestRun'
  | 'readRun'
  | 'readRunRows'
  | 'sweepRuns'

export interface MemoryRuns extends Pick<RowStore, Names> {
  /** Every published run, oldest first. */
  published(): readonly PublishedRun[]
}

/** The runs and leases of a row store in memory. Runs are never swept: every boundary stays there to be checked. */
export function createMemoryRuns(now: () => number): MemoryRuns {
  const leases = new Map<string, { owner: string; until: number }>()
  const rows = new Map<number, Map<string, Map<string, RunRow>>>()
  const published: PublishedRun[] = []

  const isHeldBy = (lease: string, owner: string): boolean => {
    const held = leases.get(lease)
    return held?.owner === owner && held.until > now()
  }
  const newestOf = (view?: ViewVersion): PublishedRun | null =>
    published.findLast((run) => !view || holds(run, view)) ?? null

  return {
    async holdLease(lease, owner, ttlMs) {
      const held = leases.get(lease)
      if (held && held.owner !== owner && held.until > now()) return false
      leases.set(lease, { owner, until: now() + ttlMs })
      return true
    },
    async releaseLease(lease, owner) {
      if (leases.get(lease)?.owner === owner) leases.delete(lease)
    },
    async createRun() {
      rows.set(rows.size + 1, new Map())
      return rows.size
    },
    async writeRunRows(run, view, written) {
      if (published.some((one) => one.run === run)) throw new TwofoldError('RUN_GONE', `run ${run} is published`)
      const byView = rows.get(run)!
      const held = byView.get(nameOf(view)) ?? new Map<string, RunRow>()
      for (const row of written) held.set(`${row.stepMs} ${row.from} ${row.key}`, row)
      byView.set(nameOf(view), held)
    },
    async publishRun({ run, owner, lease, boundary, views }: RunToPublish) {
      if (!isHeldBy(lease, owner)) throw new TwofoldError('LEASE_LOST', `${owner} lost ${lease}`)
      // The answer to the first call may have been lost.
      if (published.some((one) => one.run === run && one.boundary === boundary)) return
      const growths = views.map((view) => boundary - (newestOf(view)?.boundary ?? -1))
      if (Math.min(...growths) < 0 || Math.max(...growths) <= 0)
        throw new TwofoldError('BOUNDARY_NOT_GROWN', `at ${boundary}`)
      published.push({ run, boundary, views, publishedAt: now() })
    },
    readNewestRun: async (view) => newestOf(view),
    readRun: async (run) => published.find((one) => one.run === run) ?? null,
    async readRunRows(query) {
      if (!published.some(({ run }) => run === query.run)) throw new TwofoldError('RUN_GONE', `no run ${query.run}`)
      return selectRows([...(rows.get(query.run)?.get(nameOf(query))?.values() ?? [])], query)
    },
    sweepRuns: async () => 0,
    published: () => published,
  }
}

function nameOf({ view, version }: ViewVersion): string {
  return `${view} ${version}`
}

export function holds({ views }: PublishedRun, { view, version }: ViewVersion): boolean {
  return views.some((held) => held.view === view && held.version === version)
}

/** Buffer.compare, and not the product's own order of keys: it is part of what is tested. */
function compareRows(left: RunRow, right: RunRow): number {
  const keys = Buffer.compare(Buffer.from(left.key), Buffer.from(right.key))
  return keys || left.from - right.from || lengthOf(right) - lengthOf(left)
}

function lengthOf({ stepMs }: RunRow): number {
  return stepMs === 0 ? Number.MAX_VALUE : stepMs
}

function selectRows(rows: RunRow[], query: RunRowQuery): RunRow[] {
  const {
    from = Number.NEGATIVE_INFINITY,
    until = Number.POSITIVE_INFINITY,
    keys,
    after,
    totals,
    descending,
    limit,
  } = query
  const overlaps = (row: RunRow): boolean => row.stepMs === 0 || (row.from < until && row.from + row.stepMs > from)
  const direction = descending ? -1 : 1
  const isBehind = (row: RunRow): boolean => {
    if (!after) return true
    const order = Buffer.compare(Buffer.from(row.key), Buffer.from(after.key)) || row.from - after.from
    return order * direction > 0
  }
  return rows
    .filter((row) => (row.stepMs === totalStepMs) === totals && (totals || overlaps(row)))
    .filter((row) => (!keys || keys.includes(row.key)) && isBehind(row))
    .sort((left, right) => compareRows(left, right) * direction)
    .slice(0, limit)
}
