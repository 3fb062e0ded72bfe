import type { Writable } from 'node:stream'
import { createLogger as createWinston, format, transports } from 'winston'
import { systemClock, type Clock } from './clock.ts'
import { toLogJson } from './log-json.ts'
import type { LogLevel } from './settings.ts'
import { activeTraceIds } from './tracing.ts'

export type LogFields = Readonly<Record<string, unknown>>

/** An error among the fields is written with its code, message, stack and causes. Logging never throws. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface LoggerOptions {
  readonly service: string
  readonly level: LogLevel
  readonly stream?: Writable
  readonly clock?: Clock
}

/**
 * Logs one JSON object a line to stdout: `timestamp`, `level`, `service`, `msg`, then `traceId` and `spanId` where a trace is
 * active, then the fields.
 */
export function createLogger({ service, level, stream = process.stdout, clock = systemClock }: LoggerOptions): Logger {
  const line = format((info) => {
    const timestamp = new Date(clock.now()).toISOString()
    const head = { timestamp, level: info.level, service, msg: info.message, ...activeTraceIds() }
    info[messageSymbol] = toLogJson({ ...(info['fields'] as LogFields), ...head }, Object.keys(head))
    return info
  })
  const winston = createWinston({ level, format: line(), transports: [new transports.Stream({ stream, eol: '\n' })] })
  const log = (at: LogLevel) => (message: string, fields: LogFields = {}) => void winston.log(at, { message, fields })
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

/** For tests and tools whose output is something else. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Where winston's transports look for the finished line. */
const messageSymbol = Symbol.for('message')
