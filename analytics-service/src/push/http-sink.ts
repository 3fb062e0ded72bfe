import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import { sendProblem } from '@twofold/runtime/problem.ts'
import type { Response } from 'express'
import type { Sink } from './sink.ts'

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
  // The body ends with the connection: no chunk has a frame of its own, and a buffer is the same for everybody.
  Connection: 'close',
}

const comment = Buffer.from(':\n')

/** Answers with the headers of a stream alone. */
export function answerHead(res: Response): void {
  res.writeHead(200, headers).end()
}

/**
 * A stream on a response. Frames go to its socket directly: `res.write` would cost three writes and a copy of its
 * bookkeeping for each reader. Headers are sent with the first frame, and after how many milliseconds the reader is to
 * come back when it loses the connection.
 */
export function createHttpSink(res: Response, socket: Socket, retryMs: number): Sink {
  const open = (): void => {
    res.removeHeader('Transfer-Encoding')
    res.writeHead(200, headers).flushHeaders()
    socket.write(`retry: ${retryMs}\n\n`)
  }
  return {
    get heldBytes() {
      return socket.writableLength
    },
    write(frame) {
      if (socket.destroyed) return
      if (!res.headersSent) open()
      socket.write(frame)
    },
    whenTaken(callback) {
      // Only a write tells when it is through, and the one that is held has been made already.
      socket.write(comment, (error) => void (error ?? callback()))
    },
    refuse: (problem) => sendProblem(res, problem),
    end() {
      if (!res.headersSent || socket.writableLength > 0) res.destroy()
      else res.end()
    },
    destroy: () => void res.destroy(),
  }
}
