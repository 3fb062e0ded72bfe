import type { View } from '@twofold/core/views/view.ts'
import type { LiveChanges, LiveFeed, LiveRow } from '../live/live-feed.ts'
import type { ReportServer, ReportSocket, SocketChannel } from './socket-types.ts'
import type { Tick, Ticker } from './ticker.ts'

export interface SocketChannelOptions {
  readonly io: ReportServer
  readonly feed: LiveFeed
  readonly ticker: Ticker
  readonly view: View
  readonly window: string
  /** The name of the event that carries a report. */
  readonly event: string
  /** Told how many clients a report went to. */
  readonly onReported: (clients: number) => void
  readonly onWarning: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/**
 * Who joins waits for a tick: there the reports of the others and the snapshot of the new one end at the same place, so
 * that nothing is missed between the two and nothing told twice. Without members nobody listens, and nothing is computed.
 */
export function createSocketChannel(options: SocketChannelOptions): SocketChannel {
  const { io, feed, ticker, view, window, event, onReported, onWarning } = options
  const members = new Set<ReportSocket>()
  const waiting = new Map<ReportSocket, Set<string>>()
  const { rooms } = io.sockets.adapter
  const roomOf = (key: string): string => `${window}:${key}`
  let stop: (() => void) | undefined

  const broadcast = (rows: readonly LiveRow[]): void => {
    for (const row of rows.filter(({ key }) => rooms.has(roomOf(key))).sort(byEnd)) {
      const room = roomOf(row.key)
      io.to(room).emit(event, reportOf(row))
      onReported(rooms.get(room)?.size ?? 0)
    }
  }
  const welcome = (socket: ReportSocket, keys: ReadonlySet<string>): void => {
    const rows = newestOfEach(feed.snapshot(view, window, keys))
    for (const row of rows) socket.emit(event, reportOf(row))
    onReported(rows.length)
    void socket.join([...keys].map(roomOf))
  }
  const publish = ({ changes }: Tick): void => {
    broadcast(changes ? allOf(changes) : newestOfEach(feed.snapshot(view, window)))
    for (const [socket, keys] of waiting) welcome(socket, keys)
    waiting.clear()
  }
  const close = (): void => {
    stop?.()
    stop = undefined
  }
  return {
    close,
    async join(socket, keys) {
      members.add(socket)
      stop ??= ticker.listen(view, window, publish)
      await feed.load(view, window, keys).catch((error: unknown) => onWarning('a window can not be read', { view: view.name, window, error }))
      if (!members.has(socket)) return
      const wanted = [...keys].filter((key) => socket.data.rooms.has(key))
      if (wanted.length === 0) return
      waiting.set(socket, new Set([...(waiting.get(socket) ?? []), ...wanted]))
      ticker.ask(view, window)
    },
    leave(socket, keys) {
      for (const key of keys) {
        waiting.get(socket)?.delete(key)
        void socket.leave(roomOf(key))
      }
    },
    forget(socket) {
      waiting.delete(socket)
      if (members.delete(socket) && members.size === 0) close()
    },
  }
}

function allOf({ rows, corrections }: LiveChanges): LiveRow[] {
  return [...corrections, ...rows]
}

/** Clients that don't look at the times show what they heard last: that should be the newest window. */
function byEnd(left: LiveRow, right: LiveRow): number {
  return (left.until ?? 0) - (right.until ?? 0)
}

/** A key's open window, or its newest final one. */
function newestOfEach(rows: readonly LiveRow[]): LiveRow[] {
  return [...new Map(rows.toSorted(byEnd).map((row) => [row.key, row])).values()]
}

function reportOf({ key, from, until, value, final, revision }: LiveRow) {
  return { id: key, count: value, windowStart: toTime(from), windowEnd: toTime(until), final, revision }
}

function toTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
