import { TwofoldError } from '@twofold/core/errors.ts'
import type { AppendedRecord, NewRecord } from '@twofold/core/ports/event-log.ts'
import type { AppendAnswer } from './event-log-append.worker.ts'
import { FrameWriter } from './frame.ts'
import type { StoreWorker } from './worker.ts'

interface Call {
  readonly topic: string
  readonly count: number
  resolve(places: AppendedRecord[]): void
  reject(error: unknown): void
}

/** What travels to the thread in one message. */
interface Batch {
  readonly calls: Call[]
  readonly topics: string[]
  readonly packed: ArrayBuffer
}

export interface Appender {
  append(topic: string, records: readonly NewRecord[]): Promise<AppendedRecord[]>
  /** Resolves when all that was appended before is settled. */
  drain(): Promise<void>
}

export interface AppenderOptions {
  readonly worker: StoreWorker
  readonly now: () => number
  /** Called for every call that was stored, before its promise resolves. */
  onAppended(topic: string, places: readonly AppendedRecord[]): void
}

/** Bytes after which a frame is closed, so that no transaction grows with the length of the queue. */
const maxFrameBytes = 4 * 1024 * 1024

/**
 * Carries all appends that wait to the thread in one frame, and they are committed together: one message and one fsync
 * for all. The next frame fills while the thread is busy with the last one, so batches grow with the load.
 */
export function createAppender({ worker, now, onAppended }: AppenderOptions): Appender {
  const packer = createPacker()
  let sending: Promise<void> | undefined

  const send = async ({ calls, topics, packed }: Batch): Promise<void> => {
    try {
      settle(calls, await worker.call<AppendAnswer>('append', topics, packed, now()), onAppended)
    } catch (error) {
      for (const call of calls) call.reject(error)
    }
  }
  const sendAll = async (): Promise<void> => {
    // One turn of the event loop, so that its other callers come along.
    await new Promise((resolve) => setImmediate(resolve))
    for (let batch = packer.next(); batch; batch = packer.next()) await send(batch)
    sending = undefined
  }
  const append = (topic: string, records: readonly NewRecord[]): Promise<AppendedRecord[]> =>
    new Promise((resolve, reject) => {
      packer.add({ topic, count: records.length, resolve, reject }, records)
      sending ??= sendAll()
    })
  const drain = async (): Promise<void> => sending
  return { append, drain }
}

/** Per call: the index of its topic, the count of its records; then per record its partition, key, value, headers. */
function createPacker() {
  const frame = new FrameWriter()
  const closed: Batch[] = []
  let calls: Call[] = []
  let topics: string[] = []

  const closeFrame = (): void => {
    closed.push({ calls, topics, packed: frame.finish() })
    calls = []
    topics = []
  }
  const add = (call: Call, records: readonly NewRecord[]): void => {
    const start = frame.length
    try {
      const known = topics.indexOf(call.topic)
      frame.int(known >= 0 ? known : topics.push(call.topic) - 1)
      frame.int(records.length)
      for (const record of records) packRecord(frame, record)
    } catch (error) {
      frame.truncate(start)
      throw error
    }
    calls.push(call)
    if (frame.length > maxFrameBytes) closeFrame()
  }
  const next = (): Batch | undefined => {
    if (closed.length === 0 && calls.length > 0) closeFrame()
    return closed.shift()
  }
  return { add, next }
}

function packRecord(frame: FrameWriter, { partition, key, value, headers }: NewRecord): void {
  frame.int(partition ?? -1)
  frame.bytes(key)
  frame.bytes(value)
  frame.bytes(packHeaders(headers))
}

function packHeaders(headers: NewRecord['headers']): string | null {
  for (const _ in headers) return JSON.stringify(headers)
  return null
}

function settle(calls: readonly Call[], answer: AppendAnswer, onAppended: AppenderOptions['onAppended']): void {
  const refusals = new Map(answer.refused.map((refusal) => [refusal.call, refusal]))
  let at = 0
  for (const [index, call] of calls.entries()) {
    const refusal = refusals.get(index)
    if (refusal) {
      call.reject(new TwofoldError(refusal.code, refusal.message))
      continue
    }
    const places = unpackPlaces(answer.places, at, call.count)
    at += call.count
    onAppended(call.topic, places)
    call.resolve(places)
  }
}

function unpackPlaces(packed: Float64Array, from: number, count: number): AppendedRecord[] {
  const places = new Array<AppendedRecord>(count)
  for (let i = 0, at = from * 3; i < count; i++, at += 3) {
    places[i] = { partition: packed[at]!, offset: packed[at + 1]!, appendedAt: packed[at + 2]! }
  }
  return places
}
