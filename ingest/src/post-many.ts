import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import { maxEventBytes } from '@twofold/core/events/fields.ts'
import { readTextBody, type TextBody } from '@twofold/runtime/json-body.ts'
import { parseJsonText } from '@twofold/runtime/json-text.ts'
import { HttpProblem, problemBody } from '@twofold/runtime/problem.ts'
import { activeTraceparent } from '@twofold/runtime/tracing.ts'
import type { RequestHandler } from 'express'
import { acceptEvent, type AcceptedEvent } from './accept-event.ts'
import type { Intake } from './intake.ts'
import { problemOfAppend } from './problem-of-append.ts'
import { splitItems } from './split-items.ts'

/** So many events are read in one go; then others get their turn. */
const eventsPerTurn = 200

type Outcome = AcceptedEvent | HttpProblem

/** Takes many events and answers for each, in the order sent, as if it had come alone. The accepted are one append. */
export function postMany(intake: Intake, type: AnyEventType): RequestHandler {
  return async (req, res) => {
    const body = await readTextBody(req, { maxBodyBytes: intake.maxBulkBytes })
    const traceparent = activeTraceparent()
    const outcomes = await acceptAll(intake, type, body, traceparent)
    const failure = await appendAccepted(intake, type, outcomes)
    if (failure !== undefined) res.set(problemOfAppend(failure, '').fields.headers)
    const results = outcomes.map((outcome) => resultOf(outcome, failure))
    for (const { status } of results) intake.count(type.topic, status)
    if (traceparent !== undefined) intake.onTraced?.(type.topic, results.filter(({ status }) => status === 202).length)
    res.json({ results })
  }
}

type Trace = string | undefined

async function acceptAll(intake: Intake, type: AnyEventType, body: TextBody, trace: Trace): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const text of splitItems(body, intake.maxBulkItems)) {
    if (outcomes.length % eventsPerTurn === eventsPerTurn - 1) await nextTurn()
    outcomes.push(acceptItem(intake, type, { type: body.type, text }, trace))
  }
  return outcomes
}

function acceptItem(intake: Intake, type: AnyEventType, item: TextBody, trace: Trace): Outcome {
  try {
    return acceptEvent(intake, type, parseItem(item), trace)
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error
    // An array with an element that is no JSON is no JSON; a line stands for itself.
    if (error.fields.status === 400 && item.type === 'json') throw error
    return error
  }
}

function parseItem({ type, text }: TextBody): unknown {
  if (text.length * 3 <= maxEventBytes || Buffer.byteLength(text) <= maxEventBytes) return parseJsonText(text)
  if (type === 'json') parseJsonText(text)
  throw new HttpProblem({ status: 413, detail: `the event is larger than ${maxEventBytes} bytes` })
}

/** Answers why the append failed, if it did. */
async function appendAccepted(intake: Intake, { topic }: AnyEventType, outcomes: readonly Outcome[]): Promise<unknown> {
  const records = outcomes.flatMap((outcome) => ('record' in outcome ? [outcome.record] : []))
  if (records.length === 0) return undefined
  const failureOf = (error: unknown): unknown => error ?? new Error('the append failed')
  return intake.append(topic, records).then(() => undefined, failureOf)
}

function resultOf(outcome: Outcome, failure: unknown): Record<string, unknown> & { readonly status: number } {
  if (outcome instanceof HttpProblem) return { ...problemBody(outcome.fields), status: outcome.fields.status }
  if (failure === undefined) return { id: outcome.id, status: 202 }
  const { fields } = problemOfAppend(failure, outcome.id)
  return { ...problemBody(fields), status: fields.status }
}
