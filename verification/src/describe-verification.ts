import type { Difference } from './compare-answer.ts'
import type { Evidence } from './find-evidence.ts'
import type { Ledger } from './ledger.ts'
import type { TopicReport, Verification } from './verify.ts'

type Findings = Omit<Verification, 'text'>

const maxListed = 5

/** What was seen, line by line; the last line is the verdict. */
export function describeVerification(findings: Findings, ledger?: Ledger): string {
  return [
    ...findings.topics.flatMap((report) => [...describeTopic(report)]),
    ...describeLateRepeats(findings),
    ...describeLedger(findings, ledger),
    ...findings.unchecked.map((reason) => `not checked: ${reason}`),
    ...findings.differences.slice(0, 1).flatMap((difference) => [...describeDifference(difference, findings.evidence)]),
    verdictOf(findings),
  ].join('\n')
}

function verdictOf({ outcome, differenceCount, ledgerFaults, topics }: Findings): string {
  const impossible = topics.filter(({ unexplained }) => unexplained < 0).length
  const count = differenceCount + ledgerFaults.length + impossible
  if (outcome === 'unchecked') return 'not checked'
  return count === 1 ? '1 difference' : `${count} differences`
}

function* describeTopic(report: TopicReport): Generator<string> {
  const { topic, views, rows, records, deadLetters, keptRepeats, unexplained, arriving, answeredRows } = report
  const read = views.length > 0 ? `${views.join(', ')}: ${answeredRows} answered rows, ${arriving === 0 ? 'exact' : `within bounds, ${arriving} events arrived meanwhile`}` : 'no view reads it'
  yield `${topic}: ${rows} raw rows; ${read}`
  yield `  ${records} log records; dead letters ${deadLetters}, late or conflicting repeats ${keptRepeats}, ticks and other repeats ${unexplained}`
  if (unexplained < 0) yield `  ${-unexplained} rows, repeats or dead letters were never in the log`
}

function* describeLateRepeats({ lateRepeats }: Findings): Generator<string> {
  if (lateRepeats.length === 0) return
  yield `late repeats that the speed layer may count until the boundary passes them: ${lateRepeats.length} (no differences)`
  for (const { topic, id, partition, offset, appendedAt } of lateRepeats.slice(0, maxListed)) {
    yield `  ${topic} ${id} at ${partition}/${offset}, appended ${timeOf(appendedAt)}`
  }
}

function* describeLedger({ ledgerFaults }: Findings, ledger: Ledger | undefined): Generator<string> {
  if (!ledger) return
  const entries = [...ledger.entries()]
  const acknowledged = entries.filter(({ outcome }) => outcome === 'acknowledged').length
  yield `ledger: ${entries.length} events sent, ${acknowledged} acknowledged, ${ledgerFaults.length} faults`
  for (const { kind, topic, id } of ledgerFaults.slice(0, maxListed)) yield `  ${kind}: ${topic} ${id}`
}

function* describeDifference(difference: Difference, evidence: Evidence | undefined): Generator<string> {
  const { view, step, key, from, until, expected, atMost, answered } = difference
  const range = from === null && until === null ? 'all time' : `${timeOf(from)} to ${timeOf(until)}`
  const bounds = atMost === undefined ? textOf(expected) : `${textOf(expected)} to ${textOf(atMost)}`
  yield `first difference: ${view}${step === 'all' ? ' (step=all)' : ''}, key ${JSON.stringify(key)}, ${range}: expected ${bounds}, answered ${textOf(answered)}`
  if (!evidence) return
  yield `  boundary ${timeOf(evidence.boundary)}; ${evidence.count} events behind it${evidence.count > evidence.rows.length ? `, the newest ${evidence.rows.length}` : ''}:`
  for (const { id, partition, offset, appendedAt, occurredAt } of evidence.rows) {
    const layer = appendedAt < (evidence.boundary ?? 0) ? 'batch' : 'speed'
    yield `  ${id} at ${partition}/${offset}, appended ${timeOf(appendedAt)} (${layer}), occurred ${timeOf(occurredAt)}`
  }
}

function textOf(value: unknown): string {
  return value === undefined ? 'no row' : JSON.stringify(value)
}

function timeOf(time: number | null): string {
  return time === null ? 'none' : new Date(time).toISOString()
}
