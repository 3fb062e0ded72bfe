import { traceHeader } from '@twofold/core/events/traceparent.ts'
import type { LogRecord } from '@twofold/core/ports/event-log.ts'
import type { Logger } from './logger.ts'
import type { Tracing } from './tracing.ts'

/** A record that is traced, while it is worked on. */
export interface TracedRecord {
  /** What follows from the record carries this. */
  readonly traceparent: string
  /** What follows from it is stored. */
  done(): void
}

/** Begins the step of a record; undefined when it is not of a trace that is kept. */
export type TraceRecord = (record: LogRecord) => TracedRecord | undefined

interface RecordTracing {
  readonly tracing: Tracing
  readonly logger: Pick<Logger, 'info'>
}

/** Traces what a consumer does with records, and logs `message` with the trace's ids when that is done. */
export function traceRecords({ tracing, logger }: RecordTracing, verb: string, message: string): TraceRecord {
  return ({ topic, partition, offset, headers }) => {
    const attributes = {
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.message.offset': offset,
    }
    const step = tracing.follow(headers[traceHeader], { name: `${verb} ${topic}`, kind: 'consumer', attributes })
    return step && {
      traceparent: step.traceparent,
      done() {
        step.run(() => logger.info(message, { topic, partition, offset }))
        step.end()
      },
    }
  }
}
