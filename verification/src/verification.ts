import type { KeptRepeat } from '@twofold/core/ports/row-store.ts'
import type { LedgerFault } from './check-ledger.ts'
import type { LogCheck } from './check-log.ts'
import type { Difference } from './compare-answer.ts'
import type { Conservation } from './count-conservation.ts'
import type { Evidence } from './find-evidence.ts'

/** How one topic and the views that read it came out. */
export interface TopicReport extends Conservation {
  readonly topic: string
  readonly views: readonly string[]
  /** Rows that arrived while the answers were read; 0: compared exactly. */
  readonly arriving: number
  readonly answeredRows: number
  /** Only when the log was to be read. */
  readonly logCheck?: LogCheck
}

export interface Verification {
  /** `unchecked`: no difference was seen, but not everything could be looked at. */
  readonly outcome: 'equal' | 'different' | 'unchecked'
  /** Everything that is wrong: differences, and what the ledger or the log tell otherwise. */
  readonly faults: number
  readonly differenceCount: number
  /** The first ones. */
  readonly differences: readonly Difference[]
  /** The raw rows behind the first difference. */
  readonly evidence?: Evidence
  readonly ledgerFaults: readonly LedgerFault[]
  /** Counted by the speed layer until the boundary passes them; not differences. */
  readonly lateRepeats: readonly KeptRepeat[]
  readonly topics: readonly TopicReport[]
  /** Why something could not be checked. */
  readonly unchecked: readonly string[]
  readonly text: string
}
