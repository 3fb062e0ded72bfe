import { TwofoldError, isTwofoldError } from '@twofold/core/errors.ts'
import type { Logger } from './logger.ts'

/** What of the process is used here, so that a test can stand in for it. */
export interface ProcessLike {
  on(event: string, listener: (reason: unknown) => void): unknown
  exit(code: number): void
  readonly stderr: { write(text: string): unknown }
}

export type OnStop = (name: string, stop: () => unknown) => void

export interface RunProcessOptions {
  readonly logger: Logger
  /** Starts everything in order, naming after each step how to undo it. The signal aborts when it should give up; `stop` ends the process in order. */
  readonly start: (onStop: OnStop, signal: AbortSignal, stop: () => void) => Promise<void>
  /** Runs first when a stop was asked for: say "not ready" before anything goes away. */
  readonly drain?: () => void
  readonly stopTimeoutMs?: number
  readonly process?: ProcessLike
}

const exitCodes = { stopped: 0, failed: 1, misconfigured: 2 } as const

/**
 * The life of a process. SIGTERM and SIGINT drain and then undo the start in reverse order; it exits 0 when all of
 * that worked within the time, else 1. A second signal exits at once. A start that fails is undone and exits 1, or 2
 * with the faults on stderr if the configuration was refused. What nobody caught is logged and exits 1: the event log
 * is the checkpoint, so nothing is lost by stopping there.
 */
export async function runProcess(options: RunProcessOptions): Promise<void> {
  const { logger, start, drain, stopTimeoutMs = 10_000, process: host = process } = options
  const parts: Part[] = []
  const stopping = new AbortController()
  const exitOptions = { logger, host, stopTimeoutMs }

  const stopOn = (signal: string) => {
    if (stopping.signal.aborted) return host.exit(exitCodes.failed)
    logger.info('stopping', { signal })
    drain?.()
    stopping.abort(new TwofoldError('CLOSED', `stopped by ${signal}`))
    void exitInTime(exitCodes.stopped, () => settled.then(() => undo(parts, logger)), exitOptions)
  }
  const begin = () => start((name, stop) => void parts.push({ name, stop }), stopping.signal, () => stopOn('its own work'))
  const started = Promise.resolve().then(begin)
  const settled = started.then(() => undefined, (error: unknown) => error)
  for (const signal of ['SIGTERM', 'SIGINT']) host.on(signal, () => stopOn(signal))
  exitOnUncaught(logger, host)

  const error = await settled
  if (error === undefined || stopping.signal.aborted) return
  stopping.abort(error)
  report(error, logger, host)
  const code = isTwofoldError(error, 'INVALID_CONFIG') ? exitCodes.misconfigured : exitCodes.failed
  await exitInTime(code, () => undo(parts, logger), exitOptions)
}

interface Part {
  readonly name: string
  readonly stop: () => unknown
}

/** Stops the parts, the last first; true if all of them could. One that can't does not keep the others from it. */
async function undo(parts: Part[], logger: Logger): Promise<boolean> {
  let isClean = true
  for (let part = parts.pop(); part; part = parts.pop()) isClean = (await runStop(part, logger)) && isClean
  return isClean
}

interface ExitOptions {
  readonly logger: Logger
  readonly host: ProcessLike
  readonly stopTimeoutMs: number
}

async function exitInTime(code: number, work: () => Promise<boolean>, options: ExitOptions): Promise<void> {
  const { logger, host, stopTimeoutMs } = options
  const deadline = setTimeout(() => {
    logger.error('did not stop in time', { stopTimeoutMs })
    host.exit(exitCodes.failed)
  }, stopTimeoutMs)
  const isClean = await work()
  clearTimeout(deadline)
  host.exit(isClean ? code : code || exitCodes.failed)
}

function exitOnUncaught(logger: Logger, host: ProcessLike): void {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    host.on(event, (error) => {
      logger.error('nobody caught this', { event, error })
      host.exit(exitCodes.failed)
    })
  }
}

async function runStop({ name, stop }: Part, logger: Logger): Promise<boolean> {
  try {
    await stop()
    return true
  } catch (error) {
    logger.error('could not stop', { part: name, error })
    return false
  }
}

function report(error: unknown, logger: Logger, host: ProcessLike): void {
  if (isTwofoldError(error, 'INVALID_CONFIG')) host.stderr.write(`${error.message}\n`)
  else logger.error('could not start', { error })
}
