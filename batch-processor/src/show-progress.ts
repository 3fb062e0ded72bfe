import type { Logger } from '@twofold/runtime/logger.ts'
import type { BatchProgress } from './run-batch.ts'

export interface ProgressOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export interface ProgressOptions {
  readonly output: ProgressOutput
  readonly logger: Logger
  /** Milliseconds. */
  readonly now: () => number
}

const intervalMs = { terminal: 200, log: 10_000 } as const

/** Tells of a run while it reads: in place on a terminal, as a line now and then elsewhere. */
export function createProgress({ output, logger, now }: ProgressOptions): (progress: BatchProgress) => void {
  const startedAt = now()
  const pauseMs = output.isTTY ? intervalMs.terminal : intervalMs.log
  let shownAt = startedAt
  return ({ rowsRead, rowsExpected }) => {
    const at = now()
    if (at - shownAt < pauseMs) return
    shownAt = at
    const rowsPerSecond = Math.round(rowsRead / ((at - startedAt) / 1000))
    const secondsLeft = rowsPerSecond > 0 ? Math.max(0, Math.round((rowsExpected - rowsRead) / rowsPerSecond)) : 0
    if (output.isTTY) output.write(`\r\u001B[K${rowsRead} rows, ${rowsPerSecond} rows/s${rowsExpected > 0 ? `, ${secondsLeft} s left` : ''}`)
    else logger.info('run reads', { rowsRead, rowsPerSecond, ...(rowsExpected > 0 ? { secondsLeft } : {}) })
  }
}
