import type { DefaultEventsMap, Server, Socket } from 'socket.io'

type Received = Record<string, (...args: unknown[]) => void>
type Sent = Record<string, (payload: object) => void>

/** What is known of one client. */
export interface SocketData {
  /** The videos it wants to hear of. */
  readonly rooms: Set<string>
  /** The lengths of windows that it asked for. */
  readonly channels: Set<SocketChannel>
}

export type ReportServer = Server<Received, Sent, DefaultEventsMap, SocketData>
export type ReportSocket = Socket<Received, Sent, DefaultEventsMap, SocketData>

/** The reports on the windows of one length. Each key is a room of socket.io, so that a report is encoded once for all who hear it. */
export interface SocketChannel {
  /** At the next tick the socket gets the current window of each key, and from then on every report. */
  join(socket: ReportSocket, keys: ReadonlySet<string>): Promise<void>
  leave(socket: ReportSocket, keys: ReadonlySet<string>): void
  /** Forgets a socket that is gone. */
  forget(socket: ReportSocket): void
  close(): void
}
