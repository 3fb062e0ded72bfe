import type { MonotonicClock } from './clock.ts'
import type { Logger, LogFields } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** Counts and logs who was refused, and why. The fields hold nothing of what a client sent as its secret. */
export type NoteRefusal = (reason: string, fields?: LogFields) => void

/** So many lines a second for each reason: whoever is refused must neither fill the disk nor hide others. */
const linesPerSecond = 10

interface Said {
  second: number
  lines: number
  unlogged: number
}

export function createRefusals(metrics: Metrics, logger: Logger, clock: MonotonicClock): NoteRefusal {
  const total = metrics.counter({ name: 'refused_total', help: 'Requests and connections that were refused for safety, by reason.', labels: ['reason'] })
  const saidOf = new Map<string, Said>()
  return (reason, fields = {}) => {
    total.inc({ reason })
    const second = Math.floor(clock.elapsed() / 1000)
    const before = saidOf.get(reason)
    const said = before?.second === second ? before : { second, lines: 0, unlogged: before?.unlogged ?? 0 }
    saidOf.set(reason, said)
    if (said.lines >= linesPerSecond) said.unlogged += 1
    else {
      logger.warn('refused', { reason, ...fields, ...(said.unlogged > 0 && { unlogged: said.unlogged }) })
      said.lines += 1
      said.unlogged = 0
    }
  }
}
