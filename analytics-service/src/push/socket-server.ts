import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { maxKeyLength } from '@twofold/core/views/view.ts'
import type { Access } from '@twofold/runtime/access.ts'
import type { AllowOrigin } from '@twofold/runtime/allow-origin.ts'
import { Router } from 'express'
import { Server, type ServerOptions } from 'socket.io'
import { refusedHello, refusedKey } from './admit-socket.ts'
import type { ReportServer } from './socket-types.ts'

export type Refusal = 'origin' | 'key' | 'full' | 'stopping'

export interface SocketServerOptions {
  readonly maxSockets: number
  /** Rooms of one socket, and of one message. */
  readonly maxRooms: number
  /** CORS does not cover websockets, so that the origin is looked at here. */
  readonly isAllowedOrigin: AllowOrigin
  readonly access: Access
  readonly onRefused: (reason: Refusal) => void
}

export interface SocketServer {
  readonly io: ReportServer
  /** Long polling, which is ordinary HTTP. */
  readonly router: Router
  /** Takes websockets from this server, on `/socket.io/` below any prefix; refuses them on every other path. */
  attach(server: HttpServer): void
  /** Refuses newcomers and closes all connections, in the way after which clients come back: to another process. */
  close(): void
}

const messages: Record<Exclude<Refusal, 'key'>, string> = {
  origin: 'this origin is not allowed',
  full: 'too many clients; try again later',
  stopping: 'the service is stopping; try again',
}

const limits = {
  pingIntervalMs: 25_000,
  /** As long as system 004 has it. */
  pingTimeoutMs: 60_000,
  /** The longest wait for a client that has connected to say what it wants. */
  connectTimeoutMs: 10_000,
} as const

/**
 * socket.io, handed its requests one by one: attached to the service's HTTP server in its own way it would take over all
 * request listeners, and with them what counts connections, measures answers, and lets nobody in before the start.
 */
export function createSocketServer({ maxSockets, maxRooms, isAllowedOrigin, access, onRefused }: SocketServerOptions): SocketServer {
  let isClosed = false
  const isAllowed = ({ headers }: IncomingMessage): boolean => isAllowedOrigin(headers.origin, headers.host)
  const refusalOf = (req: IncomingMessage): Exclude<Refusal, 'key'> | undefined => {
    if (isClosed) return 'stopping'
    if (!isAllowed(req)) return 'origin'
    return io.engine.clientsCount >= maxSockets ? 'full' : undefined
  }
  const io: ReportServer = new Server(createServer(), {
    ...settings,
    maxHttpBufferSize: maxMessageBytes(maxRooms),
    cors: (req, callback) => callback(null, { origin: isAllowed(req as unknown as IncomingMessage) }),
    allowRequest(req, decide) {
      const refusal = refusalOf(req)
      const keyRefusal = refusal ? undefined : refusedKey(access, req)
      if (refusal ?? keyRefusal) onRefused(refusal ?? 'key')
      decide(refusal ? messages[refusal] : keyRefusal, !(refusal ?? keyRefusal))
    },
  })
  io.use(({ handshake }, next) => {
    const refusal = refusedHello(access, handshake)
    if (refusal) onRefused('key')
    next(refusal)
  })
  const { engine } = io
  engine.on('connection', closeAtSecondConnect)
  return {
    io,
    router: Router().all('/socket.io', (req, res) => engine.handleRequest(req, res)),
    attach: (server) => void server.on('upgrade', (req: IncomingMessage, socket: Duplex, head) => {
      // A client may leave at any moment, also before somebody else listens.
      socket.on('error', () => {})
      if (isOurs(req)) engine.handleUpgrade(req, socket, head)
      else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy())
    }),
    close() {
      isClosed = true
      // Not `disconnectSockets`: a client that was told to go does not come back by itself.
      engine.close()
    },
  }
}

const settings: Partial<ServerOptions> = {
  serveClient: false,
  pingInterval: limits.pingIntervalMs,
  pingTimeout: limits.pingTimeoutMs,
  connectTimeout: limits.connectTimeoutMs,
}

/**
 * Room for `register_room` with as many rooms of the longest ids as are allowed: a character is 3 bytes of UTF-8 at the
 * most, and 6 where a client escapes it (`\u8996`); two quotes and a comma each; and for what goes around the list.
 */
function maxMessageBytes(maxRooms: number): number {
  return maxRooms * (6 * maxKeyLength + 3) + 1024
}

/** engine.io makes a URL of the address, and throws where nobody catches it when that is none, as with `/\:99999/socket.io/`. */
function isOurs({ url = '' }: IncomingMessage): boolean {
  const [path] = url.split('?', 1)
  return /^(?:\/[^/]+)*\/socket\.io\/?$/.test(path!) && URL.canParse(url, 'https://socket.io')
}

interface EngineSocket {
  on(event: 'data', listener: (data: unknown) => void): void
  close(discard: boolean): void
}

/** socket.io makes a client of every CONNECT that comes before the first one was answered: thousands fit into one message. */
function closeAtSecondConnect(connection: EngineSocket): void {
  let connects = 0
  connection.on('data', (data) => {
    if (typeof data === 'string' && data.startsWith('0') && ++connects > 1) connection.close(true)
  })
}
