import { describePercentiles } from './latencies.ts'
import type { Simulation } from './simulate.ts'
import type { WatchResult } from './watch-answers.ts'

/** The summary of a run, line by line. */
export function describeSimulation(
  { counts, latencies, elapsedMs, ledger, firstRefusal }: Simulation,
  seed: number,
): string {
  const { sent, repeats, acknowledged, retried, refused, givenUp } = counts
  const events = [...ledger.entries()].length
  const seconds = elapsedMs / 1000
  return [
    `seed ${seed}: ${sent} requests in ${seconds.toFixed(1)} s (${(sent / seconds).toFixed(0)}/s), ` +
      `${repeats} of them repeats; ${events} events in the ledger`,
    `acknowledged ${acknowledged}, retried ${retried}, refused ${refused}, given up ${givenUp}`,
    ...(firstRefusal === undefined ? [] : [`first refusal: ${firstRefusal}`]),
    `from due to acknowledged: ${describePercentiles(latencies.percentiles())}`,
  ].join('\n')
}

/** What the answers were like meanwhile. */
export function describeWatch({ answers, incomplete, failures, violations }: WatchResult): string {
  const lines = [
    `watched ${answers} answers (${incomplete} incomplete, ${failures} failed): ${violations.length} violations`,
  ]
  const [first] = violations
  if (first) {
    const details = JSON.stringify({ ...first.difference, ...first.answered })
    lines.push(`first: ${new Date(first.at).toISOString()} ${first.kind}: ${details}`)
  }
  return lines.join('\n')
}
