import { setTimeout as sleep } from 'node:timers/promises'
import { mood, type ShownMoods } from '@twofold/core/views/mood.ts'
import { expect } from 'vitest'
import { createClient } from './client.ts'
import { finalRows } from './final-rows.ts'
import { listen } from './listen.ts'
import type { LiveClient } from './live-client.ts'
import { nextWindow } from './next-window.ts'
import type { System } from './system.ts'

const windowMs = 2000
/** Some rounds of progress and some ticks: what would be told twice is told by then. */
const settleMs = 1000

/** Two seconds of a room of its own, watched at several replicas. */
export interface WatchedWindow {
  /** Taps into the room, while its window is open, and as often into a room that nobody watches. */
  tap(times: number): Promise<void>
  /** Taps once more when it is closed: every reader has to hear of it as the next revision. */
  tapLate(): Promise<void>
  /** Resolves shortly before the window closes; refuses one that was closed by then. */
  beforeItCloses(): Promise<void>
  readerOf(replica: string): LiveClient
  /** The reader of a replica goes on where it was, there or at another one. */
  reopen(replica: string, at?: string): Promise<void>
  /** Proves that every reader was told of each revision once, with the right count and in order, and of no other room. */
  isTold(): Promise<void>
}

/** What is told of a window that was closed. */
interface Told {
  readonly count: unknown
  readonly revision: number
  readonly previous?: unknown
}

let rooms = 0

export async function watchWindow(system: System, replicas: readonly string[]): Promise<WatchedWindow> {
  const room = `room-${++rooms}`
  const client = createClient(system)
  const urlAt = (replica: string): string => `${system.urlOf(replica)}/views/mood/stream?rooms=${room}`
  const readers = new Map<string, LiveClient>()
  for (const replica of replicas) readers.set(replica, await listen(urlAt(replica)))
  const from = nextWindow(windowMs)
  let told: readonly Told[] = [{ count: 0, revision: 0 }]
  let taps = 0

  const send = async (times: number): Promise<void> => {
    const moments = Array.from({ length: times }, (_, at) => from + at)
    const reactions = moments.flatMap((timestamp) => [room, 'elsewhere'].map((name) => ({ user_id: 1, emoji: '😂', room: name, timestamp })))
    expect(await client.post('/reactions', reactions)).toMatchObject({ status: 200 })
    taps += times
  }
  return {
    async tap(times) {
      await send(times)
      told = [{ count: taps, revision: 0 }]
    },
    async tapLate() {
      const previous = taps
      await send(1)
      told = [...told, { previous, count: taps, revision: told.length }]
    },
    async beforeItCloses() {
      await sleep(from + windowMs + mood.graceMs - 200 - Date.now())
      for (const { rows } of readers.values()) expect(finalRows(rows)).toEqual([])
    },
    readerOf: (replica) => readers.get(replica)!,
    reopen: (replica, at = replica) => readers.get(replica)!.open(urlAt(at)),
    async isTold() {
      for (const reader of readers.values()) await reader.until(({ rows }) => finalRows(rows).length >= told.length, 40_000)
      await sleep(settleMs)
      for (const [replica, reader] of readers) expect([replica, toldBy(reader)]).toEqual([replica, told])
      for (const reader of readers.values()) proveInOrder(reader, { room, from })
      const { body } = await client.view('mood', `?key=${room}`)
      expect(body.rows).toMatchObject([{ value: { count: taps }, final: true, revision: told.length - 1 }])
    },
  }
}

function toldBy({ rows }: LiveClient): Told[] {
  return finalRows(rows).map(({ value, revision, previous }) => ({
    ...(previous === undefined ? {} : { previous: countOf(previous) }),
    count: countOf(value),
    revision,
  }))
}

function countOf(value: unknown): unknown {
  return (value as ShownMoods | null)?.count ?? null
}

function proveInOrder({ frames, rows }: LiveClient, { room, from }: { room: string; from: number }): void {
  for (const row of rows) expect(row).toMatchObject({ key: room, from: new Date(from).toISOString() })
  // While it is open it may be told unchanged, where the stores were ahead of the updates; never with less, nor again once it was final.
  const open = rows.filter(({ final }) => !final)
  expect(rows.slice(0, open.length)).toEqual(open)
  const counts = open.map(({ value }) => Number(countOf(value)))
  expect(counts).toEqual(counts.toSorted((left, right) => left - right))
  expect(frames.filter(({ event }) => event === 'snapshot' || event === 'resync')).toHaveLength(1)
}
