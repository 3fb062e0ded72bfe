import type { Buffer } from 'node:buffer'
import type { LiveRow } from '../live/live-feed.ts'
import { readFields } from './serve-push.test-kit.ts'
import type { Sink } from './sink.ts'

/** A connection whose other side takes what is written, or stalls when told to. */
export interface FakeSink extends Sink {
  readonly taken: Buffer[]
  stall(): void
  /** Takes everything, from now on at once. */
  flow(): void
  /** Ends within the last frames: the other side gets the first of them and not the rest. */
  cut(): void
}

export function createFakeSink(onEnd: (sink: FakeSink) => void = () => {}): FakeSink {
  const taken: Buffer[] = []
  let held: Buffer[] = []
  let waiting: (() => void)[] = []
  let isStalled = false
  let isEnded = false
  const end = (): void => {
    if (isEnded) return
    isEnded = true
    held = []
    onEnd(sink)
  }
  const sink: FakeSink = {
    taken,
    get heldBytes() {
      return held.reduce((sum, { length }) => sum + length, 0)
    },
    write(frame) {
      if (!isEnded) (isStalled ? held : taken).push(frame)
    },
    whenTaken(callback) {
      waiting.push(callback)
      if (!isStalled) sink.flow()
    },
    stall: () => void (isStalled = true),
    flow() {
      isStalled = false
      taken.push(...held)
      for (const callback of waiting) queueMicrotask(callback)
      held = []
      waiting = []
    },
    cut() {
      const last = taken.pop()
      if (last) taken.push(last.subarray(0, last.indexOf('\n\n') + 2))
      end()
    },
    refuse: end,
    destroy: end,
    end,
  }
  return sink
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
    const fields = readFields(block)
    const data = fields.get('data')
    if (data !== undefined) pending.push({ event: fields.get('event')!, rows: (JSON.parse(data) as Told).rows })
    if (!fields.has('id')) continue
    lastEventId = fields.get('id')
    told.push(...pending)
    pending = []
  }
  return { told, lastEventId }
}
