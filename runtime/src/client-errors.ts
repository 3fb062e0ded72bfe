import type { Server, ServerResponse } from 'node:http'
import type { NoteRefusal } from './refusals.ts'

const statusLines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Notes what is refused before it becomes a request: malformed or slow ones, TLS that fails, one connection too many.
 * A malformed one is answered as Node does it where nobody listens. Nothing that came in is noted: it may hold a key.
 */
export function answerClientErrors(server: Server, noteRefusal: NoteRefusal): void {
  const answers = new WeakMap<object, ServerResponse>()
  server.on('request', ({ socket }, res) => answers.set(socket, res))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error
    const isRefused = code.startsWith('HPE_') || code in statusLines
    if (isRefused) noteRefusal(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'slow' : 'malformed', { code })
    const answer = answers.get(socket)
    // An answer that has begun must not get another one into its middle.
    const isAnswering = answer?.headersSent === true && !answer.writableFinished
    if (isRefused && socket.writable && !isAnswering)
      socket.write(`HTTP/1.1 ${statusLines[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
    socket.destroy(error)
  })
  server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => {
    // Who only looks whether the port is open leaves like this.
    if (code !== 'ECONNRESET') noteRefusal('tls', { code })
  })
  server.on('drop', () => noteRefusal('connections'))
}
