import kafkajs, { type LogEntry, type logCreator } from 'kafkajs'

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
 * Hands kafkajs's log to `logger`, its errors as `info` and its warnings as `debug`: an error of its kind is every
 * rebalance, and every try to reach a broker that is down, ten a second. What matters rejects, or the adapter warns.
 */
export function toLogCreator(logger: KafkaLogger, spy: LogSpy = ignore): logCreator {
  return () => (entry) => {
    spy(entry)
    const { message, timestamp: _, logger: __, ...fields } = entry.log
    const level = entry.level === kafkajs.logLevel.ERROR ? 'info' : 'debug'
    logger[level](`kafkajs: ${message}`, { namespace: entry.namespace, ...fields })
  }
}
