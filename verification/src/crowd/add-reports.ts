import { createHistogram, type Histogram, type PackedHistogram } from './histogram.ts'
import type { ConnectionCounts, KindReport, SubscriberReport } from './subscriber-messages.ts'
import type { Comparison, PackedPeriods } from './tally.ts'

/** What several processes saw, as if it were one. Each has all the events, and windows of its own subscribers. */
export function addReports(reports: readonly SubscriberReport[]): SubscriberReport {
  return {
    mood: addKinds(reports.map(({ mood }) => mood)),
    likes: addKinds(reports.map(({ likes }) => likes)),
    unknown: reports.reduce((sum, { unknown }) => sum + unknown, 0),
  }
}

/** All periods in one. */
export function joinPeriods(periods: PackedPeriods): Histogram {
  return addHistograms(periods.map(([, packed]) => packed))
}

export function addHistograms(histograms: readonly PackedHistogram[]): Histogram {
  const all = createHistogram()
  for (const packed of histograms) all.add(packed)
  return all
}

function addKinds(reports: readonly KindReport[]): KindReport {
  return {
    connections: addCounts(reports.map(({ connections }) => connections)),
    comparison: addComparisons(reports.map(({ comparison }) => comparison)),
    latencies: addPeriods(reports.flatMap(({ latencies }) => latencies)),
    lonely: addHistograms(reports.map(({ lonely }) => lonely)).pack(),
  }
}

function addCounts(counts: readonly ConnectionCounts[]): ConnectionCounts {
  const sum = { ...counts[0]! }
  for (const more of counts.slice(1)) for (const name of Object.keys(sum) as (keyof ConnectionCounts)[]) sum[name] += more[name]
  return sum
}

/** A window counts once for each process that watches it. */
function addComparisons(comparisons: readonly Comparison[]): Comparison {
  const sum = (valueOf: (comparison: Comparison) => number): number =>
    comparisons.reduce((total, comparison) => total + valueOf(comparison), 0)
  const first = comparisons.find((comparison) => comparison.first !== undefined)?.first
  return {
    windows: sum(({ windows }) => windows),
    differing: sum(({ differing }) => differing),
    open: sum(({ open }) => open),
    ...(first === undefined ? {} : { first }),
  }
}

function addPeriods(periods: PackedPeriods): PackedPeriods {
  const sums = new Map<number, Histogram>()
  for (const [startsAt, packed] of periods) {
    const sum = sums.get(startsAt) ?? createHistogram()
    sums.set(startsAt, sum)
    sum.add(packed)
  }
  return [...sums].sort(([left], [right]) => left - right).map(([startsAt, sum]) => [startsAt, sum.pack()])
}
