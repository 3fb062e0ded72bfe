import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { KeptRepeat, RowStore } from '@twofold/core/ports/row-store.ts'
import { createLedgerCheck, type LedgerCheck } from './check-ledger.ts'
import { checkLog } from './check-log.ts'
import { compareAnswer, type Difference } from './compare-answer.ts'
import { countConservation } from './count-conservation.ts'
import { countRows } from './count-rows.ts'
import { describeVerification, faultsOf } from './describe-verification.ts'
import { type Evidence, findEvidence } from './find-evidence.ts'
import { findMoment, type Moment } from './find-moment.ts'
import type { Ledger } from './ledger.ts'
import type { NaiveView } from './naive-view.ts'
import { readViewNames } from './read-answer.ts'
import type { TopicReport, Verification } from './verification.ts'

export interface VerifyOptions {
  readonly log: EventLog
  readonly rows: RowStore
  /** Where the API answers, for example `http://127.0.0.1:8080`. */
  readonly apiUrl: string
  readonly naiveViews: readonly NaiveView[]
  readonly events: readonly AnyEventType[]
  /** How long to look, per topic, for a moment in which nothing is under way. Milliseconds. */
  readonly timeoutMs?: number
  readonly pollMs?: number
  /** What was sent, if somebody kept account of it. */
  readonly ledger?: Ledger
  /** Also reads the whole log and looks for each of its records in the row store; needs memory for every id. */
  readonly readsLog?: boolean
}

/** What the topics add to, one after the other. */
interface Findings {
  differenceCount: number
  readonly differences: Difference[]
  evidence?: Evidence
  readonly lateRepeats: KeptRepeat[]
  readonly topics: TopicReport[]
  readonly unchecked: string[]
}

const maxDifferences = 100

/** Recomputes every view naively from the raw rows and compares it with what the API answers. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const findings: Findings = { differenceCount: 0, differences: [], lateRepeats: [], topics: [], unchecked: [] }
  const ledgerCheck = options.ledger && createLedgerCheck(options.ledger)
  await noteUncounted(options, findings)
  for (const type of options.events) await verifyTopic(options, type, ledgerCheck, findings)
  const checked = new Set(findings.topics.map(({ topic }) => topic))
  const ledgerFaults = ledgerCheck?.finish(checked) ?? []
  const faults =
    findings.differenceCount + ledgerFaults.length + findings.topics.reduce((sum, topic) => sum + faultsOf(topic), 0)
  const outcome = faults > 0 ? 'different' : findings.unchecked.length > 0 ? 'unchecked' : 'equal'
  const verification = { ...findings, outcome, ledgerFaults, faults } as const
  return { ...verification, text: describeVerification(verification, options.ledger) }
}

/** A view that nobody counts a second time is a hole in the proof, not a success. */
async function noteUncounted({ apiUrl, naiveViews }: VerifyOptions, { unchecked }: Findings): Promise<void> {
  try {
    const names = await readViewNames(apiUrl)
    for (const name of names)
      if (!naiveViews.some(({ view }) => view === name)) unchecked.push(`${name}: there is no naive count of this view`)
  } catch (error) {
    unchecked.push(`the list of views can't be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function verifyTopic(
  options: VerifyOptions,
  type: AnyEventType,
  ledgerCheck: LedgerCheck | undefined,
  findings: Findings,
): Promise<void> {
  const { topic } = type
  const { log, rows, timeoutMs = 30_000, pollMs = 100 } = options
  const naiveViews = options.naiveViews.filter((view) => view.topic === topic)
  const views = naiveViews.map(({ view }) => view)
  const moment = await findMoment({ ...options, timeoutMs, pollMs }, topic, views)
  if (typeof moment === 'string') return void findings.unchecked.push(`${topic}: ${moment}`)

  const repeats = await rows.readRepeats(topic, maxKept)
  const onRow = ledgerCheck && ((row: Parameters<LedgerCheck['note']>[1]) => ledgerCheck.note(topic, row))
  const counted = await countRows({ rows, naiveViews, ...(onRow ? { onRow } : {}) }, moment, repeats)
  for (const answer of moment.answers) {
    const view = naiveViews.find((candidate) => candidate.view === answer.view)!
    for (const difference of compareAnswer(view, answer, counted.expectations.get(answer)!))
      await noteDifference(options, moment, difference, findings)
  }
  findings.lateRepeats.push(...counted.lateRepeats)
  const answeredRows = moment.answers.reduce((sum, answer) => sum + answer.rows.length, 0)
  const conservation = await countConservation(rows, moment, counted.rows, repeats)
  const logCheck = options.readsLog ? { logCheck: await checkLog(log, rows, type, moment) } : {}
  findings.topics.push({ topic, views, arriving: counted.arriving, answeredRows, ...conservation, ...logCheck })
}

/** Most repeats and dead letters that are read. */
const maxKept = 1_000_000

async function noteDifference(
  { rows, naiveViews }: VerifyOptions,
  moment: Moment,
  difference: Difference,
  findings: Findings,
): Promise<void> {
  const view = naiveViews.find((candidate) => candidate.view === difference.view)!
  if (findings.differenceCount++ === 0) findings.evidence = await findEvidence(rows, view, moment, difference)
  if (findings.differences.length < maxDifferences) findings.differences.push(difference)
}
