import { describePercentiles } from '../latencies.ts'
import { addHistograms, joinPeriods } from './add-reports.ts'
import type { CrowdProgress, CrowdRun } from './run-crowd.ts'
import type { KindReport, SubscriberReport } from './subscriber-messages.ts'

/** The summary of a crowd's run, line by line. */
export function describeCrowd({ sent, seen, settledMs }: CrowdRun, seed: number): string {
  const { taps, likes, acknowledged, retried, refused, givenUp } = sent.counts
  const seconds = sent.elapsedMs / 1000
  return [
    `seed ${seed}: ${taps} taps and ${likes} likes in ${seconds.toFixed(1)} s (${((taps + likes) / seconds).toFixed(0)}/s)`,
    `acknowledged ${acknowledged}, requests retried ${retried}, refused ${refused}, given up ${givenUp}`,
    ...(sent.firstRefusal === undefined ? [] : [`first that was not taken: ${sent.firstRefusal}`]),
    `from due to acknowledged: ${describePercentiles(sent.latencies.percentiles())}`,
    ...describeKind('tap to screen, SSE', seen.mood),
    ...describeKind('like to screen, socket.io, one minute', seen.likes),
    `settled ${(settledMs / 1000).toFixed(1)} s after the last acknowledgement; ${seen.unknown} counts larger than what was sent`,
  ].join('\n')
}

/** Whether everything that was acknowledged is on every screen, and nothing else; nobody was dropped. */
export function isFlawless({ sent, seen }: CrowdRun): boolean {
  const { refused, givenUp } = sent.counts
  return refused + givenUp + seen.unknown + seen.mood.comparison.open + faultsOf(seen.mood) + faultsOf(seen.likes) === 0
}

function faultsOf({ connections: { failed, dropped, resyncs, strangers }, comparison }: KindReport): number {
  return failed + dropped + resyncs + strangers + comparison.differing
}

function describeKind(title: string, report: KindReport): string[] {
  const { opened, failed, dropped, reconnected, resyncs, frames, bytes, strangers } = report.connections
  if (opened + failed === 0) return []
  const { windows, differing, open, first } = report.comparison
  const lonely = addHistograms([report.lonely])
  return [
    `${title}: ${describePercentiles(joinPeriods(report.latencies).percentiles())}`,
    ...(lonely.count > 0 ? [`  of those alone in their window: ${describePercentiles(lonely.percentiles())}`] : []),
    `  connections: ${opened} opened, ${failed} failed, ${dropped} dropped, ${reconnected} reconnected, ${resyncs} resyncs`,
    `  ${frames} messages, ${(bytes / 1e6).toFixed(1)} MB, ${strangers} rows that nobody asked for`,
    `  ${windows} windows: ${differing} with another count than was acknowledged, ${open} not final on all screens`,
    ...(first === undefined ? [] : [`  first: ${first}`]),
  ]
}

/** One line while it runs. */
export function describeCrowdProgress({ counts, elapsedMs, seen }: CrowdProgress): string {
  const { taps, likes, acknowledged } = counts
  return `${(elapsedMs / 1000).toFixed(0)} s, ${taps + likes} sent, ${acknowledged} acknowledged${describeScreens(seen)}`
}

function describeScreens({ mood, likes }: SubscriberReport): string {
  const dropped = mood.connections.dropped + likes.connections.dropped
  const [, newest] = mood.latencies.at(-1) ?? []
  if (!newest) return `, ${dropped} dropped`
  const { p50, p99 } = joinPeriods([[0, newest]]).percentiles()
  return `, tap to screen p50 ${p50} ms, p99 ${p99} ms, ${dropped} dropped`
}
