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

/** So many records of a flush are traced at most: whoever sends a trace with every event must not slow the others down. */
const tracedPerFlush = 100

/** The traced records of one flush after the other. */
export interface TracedBatch {
  /** Asked of every record: one look, where there is no header. Answers what follows from a traced one carries. */
  begin(record: LogRecord): string | undefined
  /** Those that were begun since the last time. Call what it answers once all that follows from them is stored. */
  take(): () => void
}

export function createTracedBatch(traceRecord: TraceRecord | undefined): TracedBatch {
  let traced: TracedRecord[] = []
  return {
    begin(record) {
      if (record.headers[traceHeader] === undefined || traced.length >= tracedPerFlush) return undefined
      const begun = traceRecord?.(record)
      if (begun) traced.push(begun)
      return begun?.traceparent
    },
    take() {
      const done = traced
      traced = []
      return () => done.forEach((record) => record.done())
    },
  }
}
