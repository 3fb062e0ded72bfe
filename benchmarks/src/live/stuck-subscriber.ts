import { connect } from 'node:net'
import type { LiveSettings } from './live-settings.ts'

/** A subscriber whose connection is open, but who never reads. */
interface StuckSubscriber {
  /** Whether it was let in. */
  readonly isServed: boolean
  /** How long it was there, once the service has dropped it. Milliseconds. */
  readonly droppedAfterMs: number | undefined
  close(): void
}

/** How often it is looked whether the other side is still there. */
const pokeMs = 500

/**
 * Asks for a stream, reads the begin of the answer, and leaves everything else where it arrives. The system holds some
 * megabytes before the service notices. Without reading, the end of a connection is noticed by writing: an empty line
 * between requests means nothing.
 */
function openStuckSubscriber(url: URL): StuckSubscriber {
  const openedAt = performance.now()
  const socket = connect({ host: url.hostname, port: Number(url.port) })
  let [isServed, droppedAfterMs] = [false, undefined as number | undefined]
  socket.on('error', () => {})
  socket.once('data', (begin) => {
    isServed = begin.toString('latin1').startsWith('HTTP/1.1 200 ')
    socket.pause()
  })
  socket.on('connect', () => socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`))
  const poking = setInterval(() => socket.write('\r\n'), pokeMs)
  socket.on('close', () => {
    clearInterval(poking)
    droppedAfterMs = performance.now() - openedAt
  })
  return {
    get isServed() {
      return isServed
    },
    get droppedAfterMs() {
      return droppedAfterMs
    },
    close() {
      clearInterval(poking)
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}

/** One that will come. */
export interface ComingStuck {
  begin(): void
  end(): void
  /** Milliseconds since 1970; undefined while it has not come. */
  readonly cameAt: number | undefined
  readonly isServed: boolean
  readonly droppedAfterMs: number | undefined
}

/** It comes after a third of the time, and watches every room, so that much is written to it. */
export function scheduleStuck(url: string, { seconds }: Pick<LiveSettings, 'seconds'>): ComingStuck {
  let timer: NodeJS.Timeout | undefined
  let stuck: StuckSubscriber | undefined
  let cameAt: number | undefined
  const come = (): void => {
    cameAt = Date.now()
    stuck = openStuckSubscriber(new URL(`${url}/views/mood/stream`))
  }
  return {
    begin: () => void (timer = setTimeout(come, (seconds * 1000) / 3)),
    end() {
      clearTimeout(timer)
      stuck?.close()
    },
    get cameAt() {
      return cameAt
    },
    get isServed() {
      return stuck?.isServed ?? false
    },
    get droppedAfterMs() {
      return stuck?.droppedAfterMs
    },
  }
}
