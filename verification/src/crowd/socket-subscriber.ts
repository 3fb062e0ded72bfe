import { io } from 'socket.io-client'
import { keyHeaders } from '../key-headers.ts'
import { createScreen } from './screen.ts'
import type { ConnectionCounts } from './subscriber-messages.ts'
import type { Tally } from './tally.ts'
import { wallClock } from './wall-clock.ts'

export interface SocketOptions {
  readonly url: string
  /** Videos that are watched. */
  readonly rooms: readonly string[]
  readonly tally: Tally
  readonly counts: ConnectionCounts
}

/** A page that watches the likes of its videos. */
export interface SocketSubscriber {
  /** Resolves when everything it asked for was acknowledged; false when it was not. */
  readonly opened: Promise<boolean>
  close(): void
}

interface Report {
  readonly id: string
  readonly count: number
  readonly windowStart: string
  readonly final: boolean
}

const openTimeoutMs = 20_000
const requests = ['consume_1_min_aggregations', 'consume_5_min_aggregations', 'consume_10_min_aggregations']

/** Does what the page of system 004 does, with the same client: registers its videos and asks for all three lengths. */
export function openSocket({ url, rooms, tally, counts }: SocketOptions): SocketSubscriber {
  const screen = createScreen()
  const wanted = new Set(rooms)
  const opened = Promise.withResolvers<boolean>()
  let hasBegun = false
  const socket = io(url, { transports: ['websocket'], forceNew: true, extraHeaders: keyHeaders() })

  const register = async (): Promise<void> => {
    const asked = [['register_room', { rooms }] as const, ...requests.map((request) => [request, {}] as const)]
    const acks = await Promise.all(asked.map(([name, payload]) => socket.timeout(openTimeoutMs).emitWithAck(name, payload)))
    const isFine = acks.every((ack) => (ack as { ok?: boolean } | undefined)?.ok === true)
    if (hasBegun || !isFine) return
    hasBegun = true
    clearTimeout(opening)
    counts.opened++
    opened.resolve(true)
  }
  const giveUp = (): void => {
    counts.failed++
    close()
  }
  socket.on('connect', () => {
    if (hasBegun) counts.reconnected++
    // Without an answer it stays unopened.
    register().catch(() => {})
  })
  socket.on('disconnect', () => counts.dropped++)
  socket.on('live_aggregations_1', ({ id, count, windowStart, final }: Report) => {
    const receivedAt = wallClock()
    if (!wanted.has(id)) {
      counts.strangers++
      return
    }
    const shown = { window: tally.window('likes', id, Date.parse(windowStart)), count, isFinal: final }
    if (hasBegun) screen.show(shown, receivedAt)
    else screen.begin(shown)
  })
  socket.onAny(() => counts.frames++)
  socket.io.on('open', () => {
    socket.io.engine.on('packet', ({ data }: { data?: unknown }) => {
      if (typeof data === 'string') counts.bytes += data.length
    })
  })
  const close = (): void => {
    clearTimeout(opening)
    socket.off('disconnect')
    socket.disconnect()
    opened.resolve(hasBegun)
  }
  const opening = setTimeout(giveUp, openTimeoutMs)
  return { opened: opened.promise, close }
}
