import type { Message } from 'kafkajs'
import { TwofoldError } from '@twofold/core/errors.ts'
import type { AppendedRecord, NewRecord } from '@twofold/core/ports/event-log.ts'

/** Generous: lengths, deltas and the like around a record and each of its headers. */
const recordOverhead = 40
const headerOverhead = 4

/** One call of `append` on its way: settled when every record has its place, one failed, or the time is over. */
export class AppendCall {
  readonly messages: readonly Message[]
  readonly sizes: readonly number[]
  readonly bytes: number
  /** Why the last try failed, for the message when the time is over. */
  lastFailure: unknown
  readonly #topic: string
  readonly #places: AppendedRecord[] = []
  readonly #done = Promise.withResolvers<AppendedRecord[]>()
  #settled = false

  constructor(topic: string, records: readonly NewRecord[]) {
    this.#topic = topic
    this.messages = records.map(toMessage)
    this.sizes = records.map(sizeOf)
    this.bytes = this.sizes.reduce((sum, size) => sum + size, 0)
  }

  get settled(): boolean {
    return this.#settled
  }

  /** How many records have their place, from the first on. */
  get placed(): number {
    return this.#places.length
  }

  place(places: readonly AppendedRecord[]): void {
    for (const place of places) this.#places.push(place)
    if (this.placed < this.messages.length) return
    this.#settled = true
    this.#done.resolve(this.#places)
  }

  fail(error: TwofoldError): void {
    this.#settled = true
    this.#done.reject(error)
  }

  async settle(timeoutMs: number): Promise<AppendedRecord[]> {
    const timer = setTimeout(() => this.fail(this.#tooLate(timeoutMs)), timeoutMs)
    return this.#done.promise.finally(() => clearTimeout(timer))
  }

  #tooLate(timeoutMs: number): TwofoldError {
    const reason = this.lastFailure instanceof Error ? `: ${this.lastFailure.message}` : ''
    const message = `"${this.#topic}" did not acknowledge within ${timeoutMs} ms, the records may or may not be stored`
    return new TwofoldError('LOG_UNAVAILABLE', message + reason, { cause: this.lastFailure })
  }
}

function toMessage({ key, value, headers, partition }: NewRecord): Message {
  const bytes = value === null || typeof value === 'string' || Buffer.isBuffer(value) ? value : toBuffer(value)
  return { key, value: bytes, headers, ...(partition !== undefined && { partition }) }
}

/** kafkajs writes a Uint8Array that is not a Buffer as its text "1,2,3". */
function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function sizeOf({ key, value, headers }: NewRecord): number {
  let size = recordOverhead + lengthOf(key) + lengthOf(value)
  for (const name in headers) size += headerOverhead + lengthOf(name) + lengthOf(headers[name] ?? null)
  return size
}

function lengthOf(bytes: string | Uint8Array | null): number {
  return bytes === null ? 0 : Buffer.byteLength(bytes)
}
