import type { Buffer } from 'node:buffer'
import type { LiveRow } from '../live/live-feed.ts'
import type { Sink } from './sink.ts'

/** A connection whose other side takes what is written, or stalls when told to. */
export class FakeSink implements Sink {
  readonly taken: Buffer[] = []
  isStalled = false
  isEnded = false
  #held: Buffer[] = []
  #waiting: (() => void)[] = []
  readonly #onEnd: (sink: FakeSink) => void

  constructor(onEnd: (sink: FakeSink) => void = () => {}) {
    this.#onEnd = onEnd
  }

  get heldBytes(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0)
  }

  write(frame: Buffer): void {
    if (this.isEnded) return
    if (this.isStalled) this.#held.push(frame)
    else this.taken.push(frame)
  }

  whenTaken(callback: () => void): void {
    this.#waiting.push(callback)
    if (!this.isStalled) this.flow()
  }

  flow(): void {
    this.isStalled = false
    this.taken.push(...this.#held.splice(0))
    for (const callback of this.#waiting.splice(0)) queueMicrotask(callback)
  }

  /** Ends within the last frames: the other side gets the first of them and not the rest. */
  cut(): void {
    const last = this.taken.pop()
    if (last) this.taken.push(last.subarray(0, last.indexOf('\n\n') + 2))
    this.end()
  }

  refuse(): void {
    this.end()
  }

  destroy(): void {
    this.end()
  }

  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.#held = []
    this.#onEnd(this)
  }
}

interface Told {
  readonly event: string
  readonly rows: readonly ShownRow[]
}

export interface ShownRow extends Omit<LiveRow, 'from' | 'until'> {
  readonly from: string
  readonly until: string
  readonly previous?: number
}

/** What a client is told up to the last place it got: what came behind that it will get again. */
export function readTold(frames: readonly Buffer[]): { readonly told: Told[]; readonly lastEventId: string | undefined } {
  const told: Told[] = []
  let pending: Told[] = []
  let lastEventId: string | undefined
  for (const block of frames.map(String).join('').split('\n\n')) {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
    const data = fields.get('data')
    if (data !== undefined) pending.push({ event: fields.get('event')!, rows: (JSON.parse(data) as Told).rows })
    if (!fields.has('id')) continue
    lastEventId = fields.get('id')
    told.push(...pending)
    pending = []
  }
  return { told, lastEventId }
}
