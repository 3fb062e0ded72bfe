import { addHistograms, joinPeriods } from '@twofold/verification/crowd/add-reports.ts'
import type { ConnectionCounts, KindReport } from '@twofold/verification/crowd/subscriber-messages.ts'
import type { Percentiles } from '@twofold/verification/latencies.ts'
import { type Figure, short } from '../figures.ts'
import { grouped } from './grouped.ts'
import type { LiveSettings } from './live-settings.ts'
import type { LiveResult } from './run-live.ts'

export type Line = Pick<Figure, 'set' | 'benchmark' | 'setting'>

const mebibyte = 1024 * 1024
/** A tap is to be on every screen within this time. Milliseconds. */
const promisedMs = 2000

/** What the subscribers saw, and how long it took. */
export function screenFigures(line: Line, { crowd: { sent, seen } }: LiveResult): Figure[] {
  const { mood, likes } = seen
  const sum = (valueOf: (counts: ConnectionCounts) => number): number => valueOf(mood.connections) + valueOf(likes.connections)
  const lost = sum(({ failed, dropped, resyncs }) => failed + dropped + resyncs)
  // Windows of likes last longer than the run's end is waited for.
  const wrong = mood.comparison.differing + mood.comparison.open + likes.comparison.differing + seen.unknown
  return [
    ...latencyFigures(line, 'tap to screen, SSE', mood),
    ...latencyFigures(line, 'like to screen, socket.io', likes),
    { ...line, what: 'due to acknowledged', value: describe(sent.latencies.percentiles()) },
    {
      ...line,
      what: 'subscribers dropped, refused or begun anew',
      value: `${lost} of ${grouped(sum(({ opened, failed }) => opened + failed))}`,
      ratio: lost,
      target: { max: 0 },
    },
    {
      ...line,
      what: 'windows with another last count on a screen than was acknowledged, or not final',
      value: `${wrong} of ${grouped(mood.comparison.windows + likes.comparison.windows)}`,
      ratio: wrong,
      target: { max: 0 },
    },
    {
      ...line,
      what: 'messages received',
      value: `${short(sum(({ frames }) => frames))}, ${short(sum(({ bytes }) => bytes) / mebibyte)} MiB`,
    },
  ]
}

function latencyFigures(line: Line, what: string, { connections, latencies, lonely }: KindReport): Figure[] {
  if (connections.opened === 0) return []
  const all = joinPeriods(latencies)
  if (all.count === 0) return [{ ...line, what, value: 'nothing was seen', ratio: Infinity, target: { max: 1 } }]
  const percentiles = all.percentiles()
  const alone = addHistograms([lonely])
  return [
    { ...line, what, value: describe(percentiles), ratio: percentiles.p99 / promisedMs, target: { max: 1 } },
    ...(alone.count === 0 ? [] : [{ ...line, what: `${what}, alone in its window`, value: describe(alone.percentiles()) }]),
  ]
}

/** What the others noticed of one that never reads: the p99 of what was due after it came, by that of before. */
export function stuckFigures(line: Line, { crowd, stuck, metrics, periodMs }: LiveResult, { isSoak }: LiveSettings): Figure[] {
  const { cameAt, isServed, droppedAfterMs } = stuck
  if (cameAt === undefined) return []
  const p99Of = (isWanted: (startsAt: number) => boolean): number =>
    joinPeriods(crowd.seen.mood.latencies.filter(([startsAt]) => isWanted(startsAt))).percentiles().p99
  const isDropped = isServed && droppedAfterMs !== undefined
  // The first period is everybody's start.
  const before = p99Of((startsAt) => startsAt >= crowd.startedAt + periodMs && startsAt + periodMs <= cameAt)
  const after = p99Of((startsAt) => startsAt >= cameAt)
  return [
    { ...line, what: 'SSE subscribers dropped by count of the service, this one included', value: `${metrics.growthOf('stream_dropped_total')}` },
    {
      ...line,
      what: 'a subscriber that never reads',
      value: isDropped ? `dropped after ${(droppedAfterMs / 1000).toFixed(1)} s` : isServed ? 'not dropped yet' : 'was not let in',
      ...(isSoak ? { ratio: Number(isDropped), target: { min: 1 } } : {}),
    },
    { ...line, what: 'p99 of the others after it came, by before', value: `${after} ms, ${before} ms`, ...(before > 0 ? { ratio: after / before } : {}) },
  ]
}

function describe({ p50, p95, p99, max }: Percentiles): string {
  return `p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, p99 ${p99.toFixed(0)}, longest ${max.toFixed(0)} ms`
}
