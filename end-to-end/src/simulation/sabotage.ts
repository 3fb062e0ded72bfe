import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import type { PartitionWork } from '@twofold/dataflow/partition-work.ts'
import type { Keeps } from './memory-counter-store.ts'

/** Ways to break one rule of the design from outside; a simulation that can't tell is worth nothing. */
export interface Sabotage {
  readonly keeps?: Keeps
  /** The counter store as one speed worker sees it. */
  readonly counters?: (store: CounterStore) => CounterStore
  /** The log as the speed layer sees it. */
  readonly speedLog?: (log: EventLog) => EventLog
  /** The same log, for what is published to `view-updates`. */
  readonly updates?: (log: EventLog) => EventLog
  /** The log as a batch run sees it; `now` is the clock of the job. */
  readonly batchLog?: (log: EventLog, now: () => number) => EventLog
  readonly batchRows?: (rows: RowStore) => RowStore
  /** What either layer does with a partition. */
  readonly work?: (work: PartitionWork) => PartitionWork
}
