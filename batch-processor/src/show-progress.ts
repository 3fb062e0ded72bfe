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

export interface Progress {
  show(progress: BatchProgress): void
  /** Ends the line on a terminal, so that what is printed next has its own. */
  end(): void
}

/** Tells of a run while it reads: in place on a terminal, as a line now and then elsewhere. */
export function createProgress({ output, logger, now }: ProgressOptions): Progress {
  const startedAt = now()
  const pauseMs = output.isTTY ? intervalMs.terminal : intervalMs.log
  let shownAt = startedAt
  return {
    show({ rowsRead, rowsExpected }) {
      const at = now()
      if (at - shownAt < pauseMs) return
      shownAt = at
      const rowsPerSecond = Math.round(rowsRead / ((at - startedAt) / 1000))
      const secondsLeft = rowsPerSecond > 0 ? Math.max(0, Math.round((rowsExpected - rowsRead) / rowsPerSecond)) : 0
      const left = rowsExpected > 0 ? { secondsLeft } : {}
      if (output.isTTY) output.write(`\r\u001B[K${lineOf({ rowsRead, rowsPerSecond, ...left })}`)
      else logger.info('run reads', { rowsRead, rowsPerSecond, ...left })
    },
    end() {
      if (output.isTTY && shownAt !== startedAt) output.write('\n')
    },
  }
}

function lineOf({ rowsRead, rowsPerSecond, secondsLeft }: { rowsRead: number; rowsPerSecond: number; secondsLeft?: number }): string {
  return `${rowsRead} rows, ${rowsPerSecond} rows/s${secondsLeft === undefined ? '' : `, ${secondsLeft} s left`}`
}
