import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as SecureServer } from 'node:tls'

export interface Connections {
  /** Stops accepting. Resolves when all are closed: idle ones now, busy ones after their answer or `graceMs`. */
  close(graceMs: number): Promise<void>
}

/**
 * Knows which connections are answering. Node's own `closeIdleConnections` does not count one that never sent a request
 * as idle, and browsers open such connections ahead: closing would wait for them until the end of the grace.
 */
export function trackConnections(server: Server): Connections {
  const running = new Map<Socket, number>()
  /** As they were accepted; with TLS a connection is another object once it is secure. */
  const accepted = new Set<Socket>()
  let isClosing = false

  const settle = (socket: Socket) => {
    if (isClosing && running.get(socket) === 0) socket.destroySoon()
  }
  server.on('connection', (socket) => {
    accepted.add(socket)
    socket.once('close', () => accepted.delete(socket))
  })
  server.on(server instanceof SecureServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    running.set(socket, 0)
    socket.once('close', () => running.delete(socket))
  })
  server.on('request', ({ socket }, res) => {
    running.set(socket, (running.get(socket) ?? 0) + 1)
    if (isClosing) res.setHeader('Connection', 'close')
    res.once('close', () => {
      const left = running.get(socket)
      if (left === undefined) return
      running.set(socket, left - 1)
      settle(socket)
    })
  })
  return {
    close: (graceMs) => new Promise((resolve) => {
      isClosing = true
      const end = setTimeout(() => [...running.keys(), ...accepted].forEach((socket) => socket.destroy()), graceMs)
      server.close(() => resolve(clearTimeout(end)))
      running.forEach((_count, socket) => settle(socket))
    }),
  }
}
