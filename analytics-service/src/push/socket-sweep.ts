import type { ReportServer } from './socket-types.ts'

/** What is read of engine.io and of its websocket: neither has a public question for what waits. */
interface Connection {
  /** Packets that wait for the transport; a new array each time it took all of them. */
  readonly writeBuffer: readonly unknown[]
  readonly transport: { readonly socket?: { terminate(): void } }
  close(isForced: boolean): void
}

export interface SweepOptions {
  readonly io: ReportServer
  readonly onDropped: () => void
}

const maxWaiting = 200

/**
 * Drops who does not read, because engine.io would keep everything for them: a connection for which more than 200
 * packets wait, if none of those went out since the last sweep (many reports at once are no fault of a client's). It
 * holds no more than was sent between two sweeps then, and the text of a report is shared by all who wait for it. A
 * dropped client may connect again, and gets what is current.
 */
export function createSweep({ io, onDropped }: SweepOptions): () => void {
  const stuck = new WeakMap<Connection, readonly unknown[]>()
  const isStuck = (connection: Connection): boolean => {
    const { writeBuffer } = connection
    if (writeBuffer.length <= maxWaiting) return false
    if (stuck.get(connection) === writeBuffer) return true
    stuck.set(connection, writeBuffer)
    return false
  }
  return () => {
    for (const { conn } of io.sockets.sockets.values()) {
      const connection = conn as unknown as Connection
      if (!isStuck(connection)) continue
      onDropped()
      drop(connection)
    }
  }
}

/** A polite end would wait behind everything else that the client does not read. */
function drop(connection: Connection): void {
  const { socket } = connection.transport
  if (socket) socket.terminate()
  else connection.close(true)
}
