import type { WriteStream } from 'node:tty'
import type { SimulationProgress } from './simulate.ts'

type Terminal = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }

export interface ProgressDisplay {
  show(progress: SimulationProgress): void
  /** Leaves the last state standing. */
  end(): void
}

const lineEveryMs = 5000

/** One line in place on a terminal; elsewhere a line every few seconds, so that a log file stays readable. */
export function createProgressDisplay(terminal: Terminal): ProgressDisplay {
  let shownAt = 0
  return {
    show(progress) {
      const text = describeProgress(progress)
      if (terminal.isTTY) terminal.write(`\r\u001b[2K${text}`)
      else if (progress.elapsedMs - shownAt >= lineEveryMs) {
        shownAt = progress.elapsedMs
        terminal.write(`${text}\n`)
      }
    },
    end: () => void (terminal.isTTY && terminal.write('\n')),
  }
}

function describeProgress({
  elapsedMs,
  sent,
  acknowledged,
  inFlight,
  retried,
  refused,
  givenUp,
}: SimulationProgress): string {
  const failed = [
    retried && `${retried} retries`,
    refused && `${refused} refused`,
    givenUp && `${givenUp} given up`,
  ].filter(Boolean)
  const parts = [
    `${(elapsedMs / 1000).toFixed(0)} s`,
    `${sent} sent`,
    `${acknowledged} acknowledged`,
    `${inFlight} under way`,
    ...failed,
  ]
  return parts.join(', ')
}
