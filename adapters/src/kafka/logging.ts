import { type LogEntry, logLevel, type logCreator } from 'kafkajs'

export type LogFields = Readonly<Record<string, unknown>>

/** Where the adapter and kafkajs tell what they do. */
export interface KafkaLogger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogSpy = (entry: LogEntry) => void

const ignore = (): void => {}

export const silentLogger: KafkaLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/**
 * Hands kafkajs's log to `logger` one level lower than it was: what it calls an error is mostly a broker that it will
 * reach at the next try, and what it calls a warning is mostly a rebalance. What really fails, rejects.
 */
export function toLogCreator(logger: KafkaLogger, spy: LogSpy = ignore): logCreator {
  return () => (entry) => {
    spy(entry)
    const { message, timestamp: _, logger: __, ...fields } = entry.log
    if (entry.level === logLevel.ERROR) logger.warn(`kafkajs: ${message}`, { namespace: entry.namespace, ...fields })
    else logger.info(`kafkajs: ${message}`, { namespace: entry.namespace, ...fields })
  }
}
