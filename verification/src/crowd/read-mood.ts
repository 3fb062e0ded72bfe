import { type Frame, type FramesRead, nothingUnread, readFrames, type Unread } from './read-frames.ts'
import { remember } from './remember.ts'
import type { Tally } from './tally.ts'
import { type ShownWindow, windowMs } from './watched-window.ts'

/** What one read of a connection held. */
export interface MoodRead extends FramesRead {
  /** Every row of every frame, in order. */
  readonly shown: readonly ShownWindow[]
  readonly resyncs: number
  readonly lastId?: string
  readonly retryMs?: number
}

interface Answer {
  readonly rows: readonly Row[]
}

interface Row {
  readonly key: string
  readonly from: string
  readonly until: string
  readonly value: { readonly count: number | string }
  readonly final: boolean
}

/** So many different reads are remembered: about what all rooms get in a few ticks. */
const memory = 2000

/** Many connections get the same bytes: what a read means is worked out once, whoever gets it. */
export function createMoodReader(tally: Tally): (unread: Unread, received: string) => MoodRead {
  const [chunked, plain] = [true, false].map((isChunked) => {
    const nothing = nothingUnread(isChunked)
    return remember(memory, (received) => read(tally, nothing, received))
  })
  return (unread, received) => {
    if (unread.chunk !== '' || unread.message !== '') return read(tally, unread, received)
    return unread.isChunked ? chunked!(received) : plain!(received)
  }
}

function read(tally: Tally, unread: Unread, received: string): MoodRead {
  const result = readFrames(unread, received)
  const { frames } = result
  const lastId = frames.findLast(({ id }) => id !== undefined)?.id
  const retryMs = frames.findLast((frame) => frame.retryMs !== undefined)?.retryMs
  return {
    ...result,
    shown: frames.flatMap((frame) => showFrame(tally, frame)),
    resyncs: frames.filter(({ event }) => event === 'resync').length,
    ...(lastId === undefined ? {} : { lastId }),
    ...(retryMs === undefined ? {} : { retryMs }),
  }
}

function showFrame(tally: Tally, { data }: Frame): ShownWindow[] {
  if (data === '') return []
  const { rows } = JSON.parse(data) as Answer
  return rows
    .filter(({ from, until }) => Date.parse(until) - Date.parse(from) === windowMs.mood)
    .map(({ key, from, value, final }) => ({
      window: tally.window('mood', key, Date.parse(from)),
      count: Number(value.count),
      isFinal: final,
    }))
}

