import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Candidate, type Clause, createBench, hourMs, type OpenedStore } from './counter-store-contract/bench.ts'
import { life } from './counter-store-contract/life.ts'
import { positions } from './counter-store-contract/positions.ts'
import { reading } from './counter-store-contract/reading.ts'
import { writing } from './counter-store-contract/writing.ts'

export interface CounterStoreCandidate extends Candidate {
  readonly name: string
  /** Title of a clause -> why this adapter can't keep it. It is shown as skipped, with the reason. */
  readonly lacks?: Readonly<Record<string, string>>
}

const chapters: Readonly<Record<string, Readonly<Record<string, Clause>>>> = { writing, reading, positions, life }

/** A shared server may be slow, and one clause lets cells expire. */
const timeoutMs = 60_000

/** Everything that the `CounterStore` port promises. Every adapter calls this; servers may be shared. */
export function counterStoreContract(candidate: CounterStoreCandidate): void {
  const lacks = candidate.lacks ?? {}
  describe(`the counter store on ${candidate.name}`, () => {
    let opened: OpenedStore
    beforeAll(async () => {
      opened = await candidate.open({ cellTtlMs: hourMs })
    }, timeoutMs)
    afterAll(async () => {
      await opened?.store.close()
      await opened?.close?.()
    }, timeoutMs)

    test('declares as lacking only what the contract asks for', () => {
      const titles = Object.values(chapters).flatMap(Object.keys)
      expect(Object.keys(lacks).filter((title) => !titles.includes(title))).toEqual([])
    })
    for (const [chapter, clauses] of Object.entries(chapters)) {
      describe(chapter, () => {
        for (const [title, clause] of Object.entries(clauses)) {
          if (lacks[title] !== undefined) test.skip(`${title} — declared: ${lacks[title]}`)
          else test(title, { timeout: timeoutMs }, () => clause(createBench(candidate, opened.store)))
        }
      })
    }
  })
}
