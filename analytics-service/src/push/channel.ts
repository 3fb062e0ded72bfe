import type { View } from '@twofold/core/views/view.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import type { LiveChanges, Vector } from '../live/live-feed.ts'
import { type FrameForm, type FrameWriter, heartbeatFrame } from './frames.ts'
import { type Asked, createGroup, type Group, type GroupParts } from './group.ts'
import { createGroupIndex } from './group-index.ts'
import type { Reader, Start } from './reader.ts'
import type { RememberedProvenance } from './remember-provenance.ts'
import type { Tick, Ticker } from './ticker.ts'
import { encodeVector } from './vector-text.ts'

export interface ChannelParts extends Pick<GroupParts, 'feed' | 'limits' | 'elapsed' | 'meter' | 'onError'> {
  readonly ticker: Ticker
  readonly provenance: RememberedProvenance
}

/** All streams of one window of a view. */
export interface Channel {
  /** Tells a reader everything from its start on, each change once, until the answered function is called. */
  join(reader: Reader, asked: Asked, start: Start): () => void
  /** Looks after quiet and slow readers. */
  look(): void
  readonly isEmpty: boolean
  close(): void
}

/**
 * Everybody moves from tick to tick: first those who were told all up to the last one are told what changed since, then
 * those who wait join at the same place. So nobody misses anything, and nobody hears it twice.
 */
export function createChannel(view: View, window: string, parts: ChannelParts): Channel {
  const { feed, ticker, provenance, onError } = parts
  const waiting = new Set<Group>()
  let told: Vector = feed.position

  const ask = (): void => ticker.ask(view, window)
  const onWaiting = (group: Group): void => {
    waiting.add(group)
    ask()
  }
  const groups = createGroupIndex((asked) => createGroup(asked, { ...parts, view, window, onWaiting }))
  /** Readers of what can't be written are ended, so that nobody is kept waiting without a word; all others go on. */
  const attempt = (group: Group, act: () => void): void => {
    try {
      act()
    } catch (error) {
      refuse(group)
      onError({ view: view.name, window, error })
    }
  }
  const onTick = ({ position, changes }: Tick): void => {
    const writerOf = createWriters({ view, window, provenance: provenance.of(view), id: encodeVector(position) })
    const send = (group: Group, share: LiveChanges): void => group.send(() => writerOf(group).changes(share), told)
    if (changes) for (const [group, share] of groups.share(changes)) attempt(group, () => send(group, share))
    else for (const group of groups.all) group.restart()
    told = position
    for (const group of waiting) {
      attempt(group, () => group.welcome(writerOf(group), position))
      if (!group.isWaiting()) waiting.delete(group)
    }
    if (waiting.size > 0) ask()
  }
  const close = ticker.listen(view, window, onTick)
  return {
    join(reader, asked, start) {
      const group = groups.open(asked)
      group.enter(reader, start)
      return () => {
        group.leave(reader)
        if (!group.isEmpty()) return
        waiting.delete(group)
        groups.remove(group)
      }
    },
    look() {
      const heartbeat = heartbeatFrame(encodeVector(told))
      for (const group of groups.all) group.look(heartbeat, told)
      // The place of a quiet stream moves on too, so that a reader who comes back after hours is remembered.
      ask()
    },
    get isEmpty() {
      return groups.isEmpty
    },
    close,
  }
}

/** Lets nobody of a group be told more. */
function refuse(group: Group): void {
  const problem = new HttpProblem({ status: 500, detail: 'these windows can not be written; the reason is logged' })
  for (const reader of Array.from(group.readers)) {
    group.leave(reader)
    reader.sink.refuse(problem)
  }
}

/** One writer for each form that somebody reads. */
function createWriters(head: Parameters<FrameForm['write']>[0]): (asked: Asked) => FrameWriter {
  const writers = new Map<FrameForm, FrameWriter>()
  return ({ form }) => {
    const writer = writers.get(form) ?? form.write(head)
    writers.set(form, writer)
    return writer
  }
}
