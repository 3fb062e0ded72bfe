import { describe, expect, test } from 'vitest'
import { createClause, type Clause, type RowStoreContract } from './row-store.contract-kit.ts'
import { repeatClauses } from './row-store.repeats.contract.ts'
import { rowClauses } from './row-store.rows.contract.ts'
import { runRowClauses } from './row-store.run-rows.contract.ts'
import { runClauses } from './row-store.runs.contract.ts'
import { scanClauses } from './row-store.scans.contract.ts'

export type { RowStoreContract } from './row-store.contract-kit.ts'

/** The promises of the `RowStore` port, as tests. Every adapter calls it. */
export function rowStoreContract(contract: RowStoreContract): void {
  describe(`RowStore contract: ${contract.name}`, () => {
    const titles = new Set<string>()
    const add = createClause(contract)
    const clause: Clause = (title, body) => {
      titles.add(title)
      add(title, body)
    }

    rowClauses(clause)
    repeatClauses(clause)
    scanClauses(clause)
    runClauses(clause)
    runRowClauses(clause)

    test('every declared lack names a clause', () => {
      expect(Object.keys(contract.lacks ?? {}).filter((title) => !titles.has(title))).toEqual([])
    })
  })
}
