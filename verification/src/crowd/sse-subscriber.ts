import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { keyHeaders } from '../key-headers.ts'
import { nothingUnread } from './read-frames.ts'
import type { createMoodReader, MoodRead } from './read-mood.ts'
import { createScreen } from './screen.ts'
import type { ConnectionCounts } from './subscriber-messages.ts'
import { wallClock } from './wall-clock.ts'

export interface SseOptions {
  /** The service's address and the stream's path and query. */
  readonly url: URL
  /** Keys that were asked for: others must not come. */
  readonly keys: ReadonlySet<string>
  readonly read: ReturnType<typeof createMoodReader>
  readonly counts: ConnectionCounts
}

/** A page that watches a stream. */
export interface SseSubscriber {
  /** Resolves when the first frame is on the screen; false when it could not connect. */
  readonly opened: Promise<boolean>
  close(): void
}

const attempts = 5
const openTimeoutMs = 20_000
/** What a stream says about coming back holds once it was open. */
const firstRetryMs = 250
const defaultRetryMs = 3000

/**
 * Watches a stream as a browser's EventSource does: when the connection ends it comes back with the last id. Bare
 * sockets, because ten thousand clients must not cost more than the service that they measure.
 */
export function openSse({ url, keys, read, counts }: SseOptions): SseSubscriber {
  const screen = createScreen()
  const opened = Promise.withResolvers<boolean>()
  let [hasBegun, isClosed, failures, lastId, retryMs] = [false, false, 0, '', defaultRetryMs]
  let socket: Socket

  const take = ({ frames, shown, resyncs, ...rest }: MoodRead, receivedAt: number): void => {
    counts.frames += frames.length
    counts.resyncs += resyncs
    lastId = rest.lastId ?? lastId
    retryMs = rest.retryMs ?? retryMs
    for (const row of shown) {
      if (!keys.has(row.window.key)) counts.strangers++
      else if (hasBegun) screen.show(row, receivedAt)
      else screen.begin(row)
    }
    if (hasBegun || frames.every(({ data }) => data === '')) return
    hasBegun = true
    clearTimeout(opening)
    counts.opened++
    opened.resolve(true)
  }
  const giveUp = (): void => {
    if (hasBegun || isClosed) return
    counts.failed++
    close()
  }
  const lose = async (isStream: boolean): Promise<void> => {
    if (isClosed) return
    if (isStream && hasBegun) counts.dropped++
    else if (!hasBegun && ++failures >= attempts) return giveUp()
    await sleep((hasBegun ? retryMs : firstRetryMs) * (0.5 + Math.random()), undefined, { ref: false })
    if (!isClosed) socket = start()
  }
  const start = (): Socket => {
    const isReturn = hasBegun
    return stream(url, lastId, {
      onStream: () => void (isReturn && counts.reconnected++),
      onBytes(unread, text) {
        counts.bytes += text.length
        const result = read(unread, text)
        take(result, wallClock())
        return result
      },
      onEnd: (isStream) => void lose(isStream),
    })
  }
  const close = (): void => {
    clearTimeout(opening)
    isClosed = true
    socket.destroy()
    opened.resolve(hasBegun)
  }
  const opening = setTimeout(giveUp, openTimeoutMs)
  socket = start()
  return { opened: opened.promise, close }
}

interface StreamEvents {
  onStream(): void
  onBytes(unread: MoodRead['unread'], text: string): MoodRead
  /** Whether there was an answer of 200. */
  onEnd(isStream: boolean): void
}

function stream(url: URL, lastId: string, { onStream, onBytes, onEnd }: StreamEvents): Socket {
  const socket = connect({ host: url.hostname, port: Number(url.port || 80) })
  let head = ''
  let unread: MoodRead['unread'] | undefined
  socket.on('connect', () => void socket.write(requestOf(url, lastId)))
  socket.on('error', () => {})
  socket.on('close', () => onEnd(unread !== undefined))
  socket.on('data', (bytes) => {
    let text = bytes.toString('latin1')
    if (!unread) {
      head += text
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!head.startsWith('HTTP/1.1 200 ')) {
        socket.destroy()
        return
      }
      unread = nothingUnread(/^transfer-encoding: chunked\r$/im.test(head.slice(0, end + 2)))
      ;[text, head] = [head.slice(end + 4), '']
      onStream()
    }
    const result = onBytes(unread, text)
    unread = result.unread
    if (result.isEnded) socket.destroy()
  })
  return socket
}

function requestOf({ host, pathname, search }: URL, lastId: string): string {
  const headers = [`Host: ${host}`, 'Accept: text/event-stream', ...keyLines(), ...(lastId === '' ? [] : [`Last-Event-ID: ${lastId}`])]
  return [`GET ${pathname}${search} HTTP/1.1`, ...headers, '', ''].join('\r\n')
}

function keyLines(): string[] {
  return Object.entries(keyHeaders()).map(([name, value]) => `${name}: ${value}`)
}
