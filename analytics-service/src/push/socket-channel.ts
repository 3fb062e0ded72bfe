import type { View } from '@twofold/core/views/view.ts'
import type { LiveChanges, LiveFeed, LiveRow } from '../live/live-feed.ts'
import { windowReport } from './frames.ts'
import type { ReportServer, ReportSocket, SocketChannel } from './socket-types.ts'
import type { Tick, Ticker } from './ticker.ts'
import type { Fault } from './warn-rarely.ts'

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
  readonly onWarning: (message: string, fault: Fault) => void
}

/**
 * Who joins waits for a tick: there the reports of the others and the snapshot of the new one end at the same place, so
 * that nothing is missed between the two and nothing told twice. Without members nobody listens, and nothing is computed.
 */
export function createSocketChannel(options: SocketChannelOptions): SocketChannel {
  const { feed, ticker, view, window, onWarning } = options
  const members = new Set<ReportSocket>()
  const waiting = new Map<ReportSocket, Set<string>>()
  const { roomOf, broadcast, welcome } = createReporting(options)
  let stop: (() => void) | undefined

  const publish = ({ changes }: Tick): void => {
    broadcast(changes ? allOf(changes) : [...newestByKey(feed.snapshot(view, window)).values()])
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

/** Sends reports: to whoever is in the room of a key, and to one socket that joins. */
function createReporting({ io, feed, view, window, event, onReported, onWarning }: SocketChannelOptions) {
  const { rooms } = io.sockets.adapter
  const roomOf = (key: string): string => `${window}:${key}`
  /** One report that can't be written keeps nobody from the others. */
  const send = (to: Pick<ReportSocket, 'emit'>, row: LiveRow, clients: number): void => {
    try {
      to.emit(event, { id: row.key, ...windowReport(row) })
      onReported(clients)
    } catch (error) {
      onWarning('a report can not be written', { view: view.name, window, error })
    }
  }
  const sendToRoom = (row: LiveRow): void => {
    const room = roomOf(row.key)
    send(io.to(room), row, rooms.get(room)?.size ?? 0)
  }
  return {
    roomOf,
    broadcast(rows: readonly LiveRow[]): void {
      const told = rows.filter(({ key }) => rooms.has(roomOf(key))).sort(byEnd)
      told.forEach(sendToRoom)
      const last = newestByKey(told)
      const newest = newestByKey(feed.snapshot(view, window, new Set(last.keys())))
      for (const row of newest.values()) if (byEnd(row, last.get(row.key)!) > 0) sendToRoom(row)
    },
    welcome(socket: ReportSocket, keys: ReadonlySet<string>): void {
      for (const row of newestByKey(feed.snapshot(view, window, keys)).values()) send(socket, row, 1)
      void socket.join([...keys].map(roomOf))
    },
  }
}

function allOf({ rows, corrections }: LiveChanges): LiveRow[] {
  return [...corrections, ...rows]
}

/**
 * Clients that don't look at the times show what they heard last: that should be the newest window. So it is told last,
 * and once more after a correction or the close of an older one.
 */
function byEnd(left: LiveRow, right: LiveRow): number {
  return (left.until ?? 0) - (right.until ?? 0)
}

/** Each key's open window, or its newest final one. */
function newestByKey(rows: readonly LiveRow[]): Map<string, LiveRow> {
  return new Map(rows.toSorted(byEnd).map((row) => [row.key, row]))
}
