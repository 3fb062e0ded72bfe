import type { Logger } from '@twofold/runtime/logger.ts'

/** What went wrong with one window of a view. */
export interface Fault {
  readonly view: string
  readonly window: string
  readonly error: unknown
}

export interface WarnRarelyOptions {
  readonly logger: Pick<Logger, 'warn'>
  /** Milliseconds since some moment; never steps. */
  readonly elapsed: () => number
}

const everyMs = 60_000

/** Logs a warning of one kind about one window once a minute at most: what fails may fail at every tick. */
export function warnRarely({ logger, elapsed }: WarnRarelyOptions): (message: string, fault: Fault) => void {
  const warnedAt = new Map<string, number>()
  return (message, fault) => {
    const name = `${fault.view}/${fault.window} ${message}`
    const now = elapsed()
    if (now - (warnedAt.get(name) ?? Number.NEGATIVE_INFINITY) < everyMs) return
    warnedAt.set(name, now)
    logger.warn(message, { ...fault })
  }
}
