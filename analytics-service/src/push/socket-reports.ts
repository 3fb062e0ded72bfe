import type { View } from '@twofold/core/views/view.ts'
import type { Logger } from '@twofold/runtime/logger.ts'
import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { NoteRefusal } from '@twofold/runtime/refusals.ts'
import type { LiveFeed } from '../live/live-feed.ts'
import { type Allowance, createAllowance } from './socket-allowance.ts'
import { createSocketChannel } from './socket-channel.ts'
import { createSocketMetrics, type SocketMetrics } from './socket-metrics.ts'
import { type Answer, BadRequest, parseRooms, readArguments, refuseOddPayload } from './socket-requests.ts'
import { createSocketServer, type Refusal, type SocketServer, type SocketServerOptions } from './socket-server.ts'
import { createSweep } from './socket-sweep.ts'
import type { ReportSocket, SocketChannel } from './socket-types.ts'
import type { Ticker } from './ticker.ts'
import { warnRarely } from './warn-rarely.ts'

/** The windows of the view that are reported, under the names that the clients of system 004 know. */
const lengths = [
  { window: '1m', asked: 'consume_1_min_aggregations', reported: 'live_aggregations_1' },
  { window: '5m', asked: 'consume_5_min_aggregations', reported: 'live_aggregations_5' },
  { window: '10m', asked: 'consume_10_min_aggregations', reported: 'live_aggregations_10' },
] as const

export interface SocketReportsOptions extends Pick<SocketServerOptions, 'maxSockets' | 'maxRooms' | 'isAllowedOrigin' | 'access'> {
  readonly feed: LiveFeed
  readonly ticker: Ticker
  /** Its keys are the rooms. It has the windows `1m`, `5m` and `10m`. */
  readonly view: View
  /** Events of one socket, every second. */
  readonly maxEvents?: number
  /** Time between two looks at who does not read. Milliseconds. */
  readonly sweepMs?: number
  /** Milliseconds since some moment; never steps. */
  readonly elapsed: () => number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly noteRefusal: NoteRefusal
}

/**
 * Reports on socket.io, as system 004's clients know them. They register rooms (ids of videos) and ask for lengths; each
 * report is `{id, count, windowStart, windowEnd, final, revision}`: while a window is open, at its close, and at each
 * correction. Requests are acknowledged with `{ok: true}`, or `{ok: false, error}` and the event `request_error`.
 *
 * Every process reports the same, so websockets need no adapter between processes and no sticky sessions. Long polling
 * does need a load balancer that leads a session (`sid` in the query) to the process that began it.
 */
export function createSocketReports(options: SocketReportsOptions): Pick<SocketServer, 'router' | 'attach' | 'close'> {
  const { maxEvents = 20, sweepMs = 2000, elapsed, metrics, noteRefusal } = options
  const count = createSocketMetrics(metrics)
  const onRefused = (reason: Refusal): void => {
    count.refused(reason)
    if (reason === 'origin') noteRefusal('origin', { at: 'socket.io' })
  }
  const { io, ...server } = createSocketServer({ ...options, onRefused })
  const onWarning = warnRarely(options)
  const channels = new Map<string, SocketChannel>(lengths.map(({ window, asked, reported }) => {
    const onReported = (clients: number): void => count.reported(window, clients)
    return [asked, createSocketChannel({ ...options, io, window, event: reported, onReported, onWarning })]
  }))
  const requests = createRequests(options, channels)
  const sweep = setInterval(createSweep({ io, onDropped: () => count.dropped('slow') }), sweepMs)
  sweep.unref()
  metrics.onScrape(() => count.open(io.engine.clientsCount))

  io.on('connection', (socket) => {
    socket.data = { rooms: new Set(), channels: new Set() }
    guard(socket, createAdmission(socket, createAllowance({ perSecond: maxEvents, elapsed }), count), options.logger)
    for (const [event, request] of requests) socket.on(event, (...args) => answer(socket, { event, request, args }, options.logger))
    socket.on('disconnect', () => socket.data.channels.forEach((channel) => channel.forget(socket)))
  })
  return {
    router: server.router,
    attach: server.attach,
    close() {
      clearInterval(sweep)
      server.close()
      channels.forEach((channel) => channel.close())
    },
  }
}

/** Does what a client asks for, or throws `BadRequest`. */
type Request = (socket: ReportSocket, payload: unknown) => void

function createRequests({ maxRooms, logger }: SocketReportsOptions, channels: ReadonlyMap<string, SocketChannel>): Map<string, Request> {
  const join = (channel: SocketChannel, socket: ReportSocket, rooms: ReadonlySet<string>): void => {
    if (rooms.size > 0) channel.join(socket, rooms).catch((error: unknown) => logger.error('a socket could not join', { error }))
  }
  const registerRoom: Request = (socket, payload) => {
    const { data } = socket
    const added = new Set([...parseRooms(payload, maxRooms)].filter((room) => !data.rooms.has(room)))
    if (data.rooms.size + added.size > maxRooms) throw new BadRequest(`a client has at most ${maxRooms} rooms`)
    for (const room of added) data.rooms.add(room)
    for (const channel of data.channels) join(channel, socket, added)
  }
  const leaveRoom: Request = (socket, payload) => {
    const left = parseRooms(payload, maxRooms)
    for (const room of left) socket.data.rooms.delete(room)
    for (const channel of socket.data.channels) channel.leave(socket, left)
  }
  const askFor = (channel: SocketChannel): Request => (socket, payload) => {
    const { data } = socket
    refuseOddPayload(payload)
    if (data.channels.has(channel)) return
    data.channels.add(channel)
    join(channel, socket, new Set(data.rooms))
  }
  return new Map<string, Request>([
    ['register_room', registerRoom],
    ['leave_room', leaveRoom],
    // An older client still sends it, and the server that it was written for never listened.
    ['consume_topic', () => {}],
    ...[...channels].map(([event, channel]): [string, Request] => [event, askFor(channel)]),
  ])
}

interface Asked {
  readonly event: string
  readonly request: Request
  readonly args: readonly unknown[]
}

/** Never throws: socket.io catches nothing, and one client would end the process. */
function answer(socket: ReportSocket, { event, request, args }: Asked, logger: Logger): void {
  const { payload, acknowledge } = readArguments(args)
  try {
    request(socket, payload)
    acknowledge({ ok: true })
  } catch (error) {
    if (!(error instanceof BadRequest)) logger.error('a request on a socket failed', { event, error })
    refuse(socket, event, { ok: false, error: error instanceof BadRequest ? error.message : 'internal error' }, acknowledge)
  }
}

/** The protocol lets the name of an event be a number too. */
function refuse(socket: ReportSocket, event: unknown, fault: Answer & { ok: false }, acknowledge: (answer: Answer) => void): void {
  acknowledge(fault)
  socket.emit('request_error', { event: String(event).slice(0, 64), error: fault.error })
}

type Middleware = Parameters<ReportSocket['use']>[0]

/** Counts every event, also one that nobody listens to. */
function createAdmission(socket: ReportSocket, allowance: Allowance, count: SocketMetrics): Middleware {
  return ([event, ...args], next) => {
    const taken = allowance.take()
    if (taken === 'allowed') return next()
    if (taken === 'refused') refuse(socket, event, { ok: false, error: 'too many events' }, readArguments(args).acknowledge)
    if (taken !== 'flood') return
    count.dropped('flood')
    socket.disconnect(true)
  }
}

/** What comes in reaches middleware from the event loop, where nothing else catches what it throws. */
function guard(socket: ReportSocket, middleware: Middleware, logger: Logger): void {
  socket.use((event, next) => {
    try {
      middleware(event, next)
    } catch (error) {
      logger.error('an event on a socket failed', { error })
      socket.disconnect(true)
    }
  })
}
