import type { Buffer } from 'node:buffer'
import type { View } from '@twofold/core/views/view.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import type { LiveFeed, Vector } from '../live/live-feed.ts'
import type { FrameForm, FrameWriter } from './frames.ts'
import type { Reader, Start } from './reader.ts'
import { createSlowReaders } from './slow-readers.ts'
import { looksPerHeartbeat, type StreamLimits } from './stream-limits.ts'
import type { StreamMeter } from './stream-meter.ts'
import type { Fault } from './warn-rarely.ts'
import { createWelcome } from './welcome.ts'

/** What a group's readers watch. */
export interface Asked {
  readonly form: FrameForm
  /** All of the view when absent. */
  readonly keys: ReadonlySet<string> | undefined
}

/** Readers who watch the same: what is encoded for one is written to all. */
export interface Group extends Asked {
  /** Also those who wait or are slow. */
  readonly readers: ReadonlySet<Reader>
  /** Nobody reads, waits, or is slow. */
  isEmpty(): boolean
  /** Somebody waits to be let in. */
  isWaiting(): boolean
  /** Lets a reader in at the next tick. */
  enter(reader: Reader, start: Start): void
  leave(reader: Reader): void
  /** Tells those who were told everything up to a place what came behind it; who can't take it waits to be let in again. */
  send(makeFrame: () => Buffer | undefined, told: Vector): void
  /** Lets in who waits, at the place where the feed stands. */
  welcome(writer: FrameWriter, position: Vector): void
  /** Begins anew with everybody. */
  restart(): void
  /** Looks after the quiet and the slow. */
  look(heartbeat: Buffer, told: Vector): void
}

export interface GroupParts {
  readonly feed: LiveFeed
  readonly view: View
  readonly window: string
  readonly limits: StreamLimits
  readonly elapsed: () => number
  readonly meter: StreamMeter
  readonly onError: (fault: Fault) => void
  /** Somebody needs a tick. */
  readonly onWaiting: (group: Group) => void
}

interface Joining {
  readonly start: Start
  /** Elapsed time until which a place is waited for that the feed has not reached. */
  readonly waitUntil: number
}

export function createGroup(asked: Asked, parts: GroupParts): Group {
  const { elapsed, limits, meter } = parts
  const readers = new Set<Reader>()
  /** Those who were told everything up to the last tick. */
  const live = new Set<Reader>()
  const joining = new Map<Reader, Joining>()
  const slow = createSlowReaders({ limits, elapsed, onTaken: (reader, since) => enter(reader, { since }) })

  const enter = (reader: Reader, start: Start): void => {
    if (!readers.has(reader)) return
    joining.set(reader, { start, waitUntil: elapsed() + limits.aheadMs })
    parts.onWaiting(group)
  }
  const resync = (lost: readonly Reader[]): void => {
    if (lost.length > 0) void loadAnew(asked, parts, lost, (reader) => enter(reader, 'resync'))
  }
  const isSlow = (reader: Reader, told: Vector): boolean => {
    if (reader.sink.heldBytes === 0) return false
    live.delete(reader)
    slow.add(reader, told)
    return true
  }
  const group: Group = {
    ...asked,
    readers,
    isEmpty: () => readers.size === 0,
    isWaiting: () => joining.size > 0,
    enter(reader, start) {
      readers.add(reader)
      enter(reader, start)
    },
    leave(reader) {
      for (const members of [readers, live, joining]) members.delete(reader)
      slow.remove(reader)
    },
    send(makeFrame, told) {
      const frame = live.size > 0 ? makeFrame() : undefined
      if (frame) write(meter, [...live].filter((reader) => !isSlow(reader, told)), frame)
    },
    welcome(writer, position) {
      const { greeted, lost } = greet(joining, elapsed(), createWelcome(asked.keys, { ...parts, writer, position }))
      for (const [frame, who] of greeted) {
        for (const reader of who) live.add(reader)
        write(meter, who, frame)
      }
      resync(lost)
    },
    restart() {
      const lost = [...live]
      live.clear()
      resync(lost)
    },
    look(heartbeat, told) {
      meter.dropped(slow.drop())
      write(meter, [...live].filter((reader) => !isSlow(reader, told) && ++reader.quietLooks >= looksPerHeartbeat), heartbeat)
    },
  }
  return group
}

function write(meter: StreamMeter, to: readonly Reader[], frame: Buffer): void {
  for (const reader of to) {
    reader.sink.write(frame)
    reader.quietLooks = 0
  }
  meter.sent(to.length, frame.length)
}

/** A snapshot may need something of the stores, which may fail; clients come back by themselves. */
async function loadAnew(
  { keys }: Asked,
  { feed, view, window, onError }: GroupParts,
  lost: readonly Reader[],
  enter: (reader: Reader) => void,
): Promise<void> {
  try {
    await feed.load(view, window, keys)
  } catch (error) {
    onError({ view: view.name, window, error })
    return lost.forEach(({ sink }) => sink.destroy())
  }
  lost.forEach(enter)
}

interface Greeted {
  /** The first frames, and who gets each. */
  readonly greeted: ReadonlyMap<Buffer, Reader[]>
  /** Those whose place is of no use any more. */
  readonly lost: readonly Reader[]
}

/** Takes out who can be let in now. A place that is ahead is waited for, as another replica may have been faster. */
function greet(joining: Map<Reader, Joining>, now: number, welcome: ReturnType<typeof createWelcome>): Greeted {
  const greeted = new Map<Buffer, Reader[]>()
  const lost: Reader[] = []
  for (const [reader, { start, waitUntil }] of joining) {
    const told = welcome(start)
    if (told === 'ahead' && now < waitUntil) continue
    joining.delete(reader)
    if (typeof told === 'string') lost.push(reader)
    else if (told instanceof HttpProblem) reader.sink.refuse(told)
    else if (greeted.has(told)) greeted.get(told)!.push(reader)
    else greeted.set(told, [reader])
  }
  return { greeted, lost }
}
