import type { CorrectionsQuestion, LiveChanges, LiveCorrection, LiveFeed, LiveRow, Vector } from '../live/live-feed.ts'

/** Midnight of a day on which nothing else happens. */
export const dayStart = Date.UTC(2026, 0, 1)
const windowMs = 2000

/** What a stream says of the window of two seconds with this number. */
export function shown(key: string, at: number, value: unknown, more: { final?: boolean; revision?: number } = {}) {
  const from = dayStart + at * windowMs
  return { key, from: new Date(from).toISOString(), until: new Date(from + windowMs).toISOString(), value, final: false, revision: 0, ...more }
}

interface Entry {
  readonly row: LiveRow
  readonly correction?: LiveCorrection
}

export interface FakeFeed extends LiveFeed {
  isReady: boolean
  /** Counts in a window of two seconds; one that was closed is corrected. */
  tap(key: string, at?: number): void
  /** Closes all windows up to this one. */
  close(at: number): void
  /** Reads on without anything that concerns anybody. */
  skip(): void
  /** Forgets how it came to where it is. */
  forget(): void
  /** Every correction there was. */
  readonly corrected: readonly LiveCorrection[]
}

/** Counts taps in one window of one view, whatever it is asked for, in as many partitions as told. */
export function createFakeFeed(partitions = 2): FakeFeed {
  const logs: (Entry | undefined)[][] = Array.from({ length: partitions }, () => [])
  const forgotten = logs.map(() => 0)
  const rows = new Map<string, LiveRow>()
  const corrected: LiveCorrection[] = []
  const listeners: (() => void)[] = []
  let closed = -1

  const partitionOf = (key: string): number => key.charCodeAt(0) % partitions
  const move = (): void => listeners.forEach((listener) => listener())
  const note = (row: LiveRow, correction?: LiveCorrection): void => {
    rows.set(nameOf(row), row)
    logs[partitionOf(row.key)]!.push(correction ? { row, correction } : { row })
  }
  const feed: FakeFeed = {
    isReady: true,
    corrected,
    get position() {
      return logs.map(({ length }) => length)
    },
    load: async () => {},
    snapshot: (_view, _window, keys) => currentOf([...rows.values()].filter(({ key }) => keys?.has(key) ?? true)),
    changesSince(_view, _window, since, keys) {
      const found = logs.map((log, partition) => (since[partition]! < forgotten[partition]! ? undefined : changesIn(log.slice(since[partition]), keys)))
      if (!found.every((changes) => changes !== undefined)) return undefined
      return { rows: found.flatMap((changes) => changes.rows), corrections: found.flatMap((changes) => changes.corrections) }
    },
    corrections: (_view, question) => answer(corrected, question),
    onMove: (listener) => void listeners.push(listener),
    tap(key, at = closed + 1) {
      const from = dayStart + at * windowMs
      const fresh = { key, from, until: from + windowMs, value: 0, final: at <= closed, revision: 0 }
      const known = rows.get(nameOf(fresh)) ?? fresh
      const value = Number(known.value) + 1
      if (!known.final) note({ ...known, value })
      else {
        const correction = { ...known, value, revision: known.revision + 1, previous: known.value, correctedAt: dayStart + corrected.length }
        corrected.push(correction)
        const { previous: _, correctedAt: __, ...row } = correction
        note(row, correction)
      }
      move()
    },
    close(at) {
      closed = Math.max(closed, at)
      for (const row of rows.values()) if (!row.final && row.from! <= dayStart + closed * windowMs) note({ ...row, final: true })
      feed.skip()
    },
    skip() {
      for (const log of logs) log.push(undefined)
      move()
    },
    forget() {
      feed.skip()
      logs.forEach((log, partition) => void (forgotten[partition] = log.length))
      move()
    },
  }
  return feed
}

function nameOf({ key, from }: LiveRow): string {
  return `${from} ${key}`
}

/** Open windows, and of each key the newest final one. */
function currentOf(rows: readonly LiveRow[]): LiveRow[] {
  const newest = new Map<string, LiveRow>()
  for (const row of rows) if (row.final && row.from! >= (newest.get(row.key)?.from ?? 0)) newest.set(row.key, row)
  return rows.filter((row) => !row.final || newest.get(row.key) === row).toSorted((left, right) => left.from! - right.from!)
}

function answer(corrected: readonly LiveCorrection[], { keys, window = '2s', limit }: CorrectionsQuestion) {
  const asked = corrected.filter(({ key }) => window === '2s' && (keys?.has(key) ?? true))
  return asked.toReversed().slice(0, limit).map((correction) => ({ ...correction, window }))
}

function changesIn(entries: readonly (Entry | undefined)[], keys: ReadonlySet<string> | undefined): LiveChanges {
  const asked = entries.filter((entry): entry is Entry => entry !== undefined && (keys?.has(entry.row.key) ?? true))
  const newest = [...new Map(asked.map((entry) => [nameOf(entry.row), entry])).values()]
  return {
    rows: newest.filter(({ correction }) => !correction).map(({ row }) => row),
    corrections: asked.flatMap(({ correction }) => correction ?? []),
  }
}

/** Where a replica stands that has read on. */
export function placeAhead(position: Vector, by: number): Vector {
  return position.map((offset) => offset + by)
}
