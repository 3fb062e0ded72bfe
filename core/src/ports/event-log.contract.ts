import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appending } from './event-log.appending.contract.ts'
import { type Candidate, type Clause, openBench, type OpenedLog } from './event-log.contract-kit.ts'
import { groups } from './event-log.groups.contract.ts'
import { reading } from './event-log.reading.contract.ts'
import { topics } from './event-log.topics.contract.ts'

export interface EventLogCandidate extends Candidate {
  readonly name: string
  /** Title of a clause -> why this adapter can't keep it. It is shown as skipped, with the reason. */
  readonly lacks?: Readonly<Record<string, string>>
}

const chapters: Readonly<Record<string, Readonly<Record<string, Clause>>>> = { topics, appending, reading, groups }

/** Kafka needs seconds for a rebalance, and several of them in one clause. */
const timeoutMs = 120_000

/** Everything that the `EventLog` port promises. Every adapter calls this; servers may be shared with other runs. */
export function eventLogContract(candidate: EventLogCandidate): void {
  const lacks = candidate.lacks ?? {}
  describe(`the event log on ${candidate.name}`, () => {
    let opened: OpenedLog
    beforeAll(async () => {
      opened = await candidate.open()
    }, timeoutMs)
    afterAll(async () => {
      await opened?.log.close()
      await opened?.close?.()
    }, timeoutMs)

    test('declares as lacking only what the contract asks for', () => {
      const titles = Object.values(chapters).flatMap(Object.keys)
      expect(Object.keys(lacks).filter((title) => !titles.includes(title))).toEqual([])
    })
    for (const [chapter, clauses] of Object.entries(chapters)) {
      describe(chapter, () => declareClauses(clauses, lacks, () => openBench(candidate, opened)))
    }
  })
}

type Bench = ReturnType<typeof openBench>

function declareClauses(
  clauses: Readonly<Record<string, Clause>>,
  lacks: Readonly<Record<string, string>>,
  open: () => Bench,
): void {
  for (const [title, clause] of Object.entries(clauses)) {
    if (lacks[title] !== undefined) test.skip(`${title} — declared: ${lacks[title]}`)
    else test(title, { timeout: timeoutMs }, () => runClause(clause, open()))
  }
}

async function runClause(clause: Clause, bench: Bench): Promise<void> {
  const failure = await clause(bench).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const closing = await Promise.allSettled([bench.close()])
  // What the clause found says more than a tidying-up that fails because of it.
  if (failure) throw failure.error
  if (closing[0].status === 'rejected') throw closing[0].reason
}
