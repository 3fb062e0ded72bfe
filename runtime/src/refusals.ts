import type { MonotonicClock } from './clock.ts'
import { limitPerSecond } from './limit-per-second.ts'
import type { Logger, LogFields } from './logger.ts'
import type { Metrics } from './metrics.ts'

/** Counts and logs who was refused, and why. The fields hold nothing of what a client sent as its secret. */
export type NoteRefusal = (reason: string, fields?: LogFields) => void

/** So many lines a second for each reason: whoever is refused must neither fill the disk nor hide others. */
const linesPerSecond = 10

interface Said {
  readonly mayLog: () => boolean
  unlogged: number
}

export function createRefusals(metrics: Metrics, logger: Logger, clock: MonotonicClock): NoteRefusal {
  const total = metrics.counter({ name: 'refused_total', help: 'Requests and connections that were refused for safety, by reason.', labels: ['reason'] })
  const saidOf = new Map<string, Said>()
  return (reason, fields = {}) => {
    total.inc({ reason })
    const said = saidOf.get(reason) ?? { mayLog: limitPerSecond(linesPerSecond, clock.elapsed), unlogged: 0 }
    saidOf.set(reason, said)
    if (!said.mayLog()) {
      said.unlogged += 1
      return
    }
    logger.warn('refused', { reason, ...fields, ...(said.unlogged > 0 && { unlogged: said.unlogged }) })
    said.unlogged = 0
  }
}
