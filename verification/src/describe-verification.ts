import type { Difference } from './compare-answer.ts'
import type { Evidence } from './find-evidence.ts'
import type { Ledger } from './ledger.ts'
import type { TopicReport, Verification } from './verification.ts'

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

function verdictOf({ outcome, faults }: Findings): string {
  if (outcome === 'unchecked') return 'not checked'
  return faults === 1 ? '1 difference' : `${faults} differences`
}

/** Records without a place in the row store, and what is stored without a record. */
export function faultsOf({ unexplained, logCheck }: Pick<TopicReport, 'unexplained' | 'logCheck'>): number {
  return Math.max(0, -unexplained) + (logCheck?.lost.length ?? 0)
}

function* describeTopic(report: TopicReport): Generator<string> {
  const { topic, views, rows, records, deadLetters, keptRepeats, unexplained, arriving, answeredRows, logCheck } =
    report
  const manner = arriving === 0 ? 'exact' : `within bounds, ${arriving} events arrived meanwhile`
  const read = views.length > 0 ? `${views.join(', ')}: ${answeredRows} answered rows, ${manner}` : 'no view reads it'
  yield `${topic}: ${rows} raw rows; ${read}`
  const repeats = `late or conflicting repeats ${keptRepeats}, ticks and other repeats ${unexplained}`
  yield `  ${records} log records; dead letters ${deadLetters}, ${repeats}`
  if (logCheck) yield `  log read: ticks ${logCheck.ticks}, repeats ${logCheck.repeats}, lost ${logCheck.lost.length}`
  for (const place of logCheck?.lost.slice(0, maxListed) ?? []) yield `  lost: the record at ${place}`
  if (unexplained < 0) yield `  ${-unexplained} rows, repeats or dead letters were never in the log`
}

function* describeLateRepeats({ lateRepeats }: Findings): Generator<string> {
  if (lateRepeats.length === 0) return
  yield `late repeats, counted until the boundary passes them (no differences): ${lateRepeats.length}`
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
  const place = `${view}${step === 'all' ? ' (step=all)' : ''}, key ${JSON.stringify(key)}, ${range}`
  yield `first difference: ${place}: expected ${bounds}, answered ${textOf(answered)}`
  if (!evidence) return
  const { count, rows, boundary } = evidence
  const newest = count > rows.length ? `, the newest ${rows.length}` : ''
  yield `  boundary ${timeOf(boundary)}; ${count} events behind it${newest}:`
  for (const { id, partition, offset, appendedAt, occurredAt } of rows) {
    const layer = appendedAt < (boundary ?? 0) ? 'batch' : 'speed'
    yield `  ${id} at ${partition}/${offset}, appended ${timeOf(appendedAt)} (${layer}), occurred ${timeOf(occurredAt)}`
  }
}

function textOf(value: unknown): string {
  return value === undefined ? 'no row' : JSON.stringify(value)
}

function timeOf(time: number | null): string {
  return time === null ? 'none' : new Date(time).toISOString()
}
