import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Message } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { AppendedRecord, NewRecord } from '@twofold/core/ports/event-log.ts'
import { isPermanent, toLogError } from './failures.ts'
import { AppendCall } from './append-call.ts'
import { backoffMs } from './patience.ts'

export interface QueueLimits {
  /** Of all calls that are not settled yet. */
  readonly maxQueuedBytes: number
  readonly maxSendBytes: number
  readonly maxSendRecords: number
  /** From the call to its answer, with all retries. */
  readonly timeoutMs: number
}

/** Stores the messages, or rejects: then they may or may not be stored. Answers where each went, in their order. */
export type Send = (topic: string, messages: readonly Message[]) => Promise<AppendedRecord[]>

/** Some records of one call: [from, until). */
interface Part {
  readonly call: AppendCall
  readonly from: number
  readonly until: number
}

/**
 * Sends what calls append, one request at a time per topic; what is appended meanwhile goes with the next. Only one
 * request at a time keeps the order of records when requests are tried again, without an idempotent producer.
 */
export class AppendQueue {
  readonly #send: Send
  readonly #limits: QueueLimits
  readonly #topics = new Map<string, AppendCall[]>()
  readonly #sending = new Set<Promise<void>>()
  #queuedBytes = 0

  constructor(send: Send, limits: QueueLimits) {
    this.#send = send
    this.#limits = limits
  }

  /** Rejects with QUEUE_FULL or LIMIT_EXCEEDED (nothing is stored), or LOG_UNAVAILABLE (all or some may be stored). */
  async append(topic: string, records: readonly NewRecord[]): Promise<AppendedRecord[]> {
    const { maxQueuedBytes, timeoutMs } = this.#limits
    if (records.length === 0) return []
    const call = new AppendCall(topic, records)
    if (call.bytes > maxQueuedBytes) throw new TwofoldError('LIMIT_EXCEEDED', `an append of ${call.bytes} bytes`)
    const queuedBytes = this.#queuedBytes + call.bytes
    if (queuedBytes > maxQueuedBytes) throw new TwofoldError('QUEUE_FULL', 'too much waits for the log')
    this.#queuedBytes = queuedBytes
    this.#enqueue(topic, call)
    return call.settle(timeoutMs).finally(() => (this.#queuedBytes -= call.bytes))
  }

  /** Resolves when every call is settled. */
  async drain(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending)
  }

  #enqueue(topic: string, call: AppendCall): void {
    const waiting = this.#topics.get(topic)
    if (waiting) {
      waiting.push(call)
      return
    }
    const calls = [call]
    this.#topics.set(topic, calls)
    const sending = this.#sendAll(topic, calls).finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #sendAll(topic: string, calls: AppendCall[]): Promise<void> {
    // What is appended in the same turn of the event loop goes together.
    await nextTurn()
    while (calls.length > 0) {
      await this.#deliver(topic, takeParts(calls, this.#limits))
      const waiting = calls.findIndex((call) => !call.settled)
      calls.splice(0, waiting < 0 ? calls.length : waiting)
    }
    this.#topics.delete(topic)
  }

  async #deliver(topic: string, given: readonly Part[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      const parts = given.filter(({ call }) => !call.settled)
      if (parts.length === 0) return
      try {
        place(parts, await this.#send(topic, parts.flatMap(messagesOf)))
        return
      } catch (error) {
        if (isPermanent(error)) return this.#blame(topic, parts, error)
        for (const { call } of parts) call.lastFailure = error
      }
      await sleep(backoffMs(failures, 1_000))
    }
  }

  /** One record that the log refuses must not fail the calls that happened to travel with it. */
  async #blame(topic: string, parts: readonly Part[], error: unknown): Promise<void> {
    if (parts.length === 1) refuse(parts[0]!, toLogError(error, `append to "${topic}"`))
    else for (const part of parts) await this.#deliver(topic, [part])
  }
}

/** LIMIT_EXCEEDED would promise that nothing is stored. */
function refuse(part: Part, error: TwofoldError): void {
  if (error.code !== 'LIMIT_EXCEEDED' || !mayBeStored(part)) return part.call.fail(error)
  const message = `some of the records are refused, the others may or may not be stored: ${error.message}`
  part.call.fail(new TwofoldError('LOG_UNAVAILABLE', message, { cause: error }))
}

/** The parts before this one are; and of several partitions one may have refused its records, the others not. */
function mayBeStored(part: Part): boolean {
  return part.from > 0 || new Set(messagesOf(part).map(({ partition }) => partition)).size > 1
}

function messagesOf({ call, from, until }: Part): readonly Message[] {
  return call.messages.slice(from, until)
}

function place(parts: readonly Part[], places: readonly AppendedRecord[]): void {
  let start = 0
  for (const { call, from, until } of parts) call.place(places.slice(start, (start += until - from)))
}

/** The next records to send, in order: as many as the limits allow, but at least one. */
function takeParts(calls: readonly AppendCall[], { maxSendBytes, maxSendRecords }: QueueLimits): Part[] {
  const parts: Part[] = []
  let bytes = 0
  let records = 0
  for (const call of calls) {
    if (call.settled) continue
    const from = call.placed
    let until = from
    while (until < call.messages.length && records < maxSendRecords) {
      bytes += call.sizes[until]!
      if (records > 0 && bytes > maxSendBytes) return until > from ? [...parts, { call, from, until }] : parts
      until++
      records++
    }
    if (until > from) parts.push({ call, from, until })
    if (records >= maxSendRecords) break
  }
  return parts
}
