/** A message of a server-sent event stream, https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export interface Frame {
  /** `message` when it is not said. */
  readonly event: string
  readonly id?: string
  readonly data: string
  /** How long to wait before connecting again. Milliseconds. */
  readonly retryMs?: number
}

/** What was received, but is not complete. Text is of one byte a character throughout. */
export interface Unread {
  /** Whether the body comes in chunks (RFC 9112, section 7.1) or ends with the connection. */
  readonly isChunked: boolean
  /** From the start of a chunk. */
  readonly chunk: string
  /** From the start of a message. */
  readonly message: string
}

export interface FramesRead {
  readonly frames: readonly Frame[]
  readonly unread: Unread
  /** The body is over; one without chunks never is. */
  readonly isEnded: boolean
}

export const nothingUnread = (isChunked: boolean): Unread => ({ isChunked, chunk: '', message: '' })

/** Reads the messages of a body as far as they are complete. */
export function readFrames(unread: Unread, received: string): FramesRead {
  const { isChunked } = unread
  const { body, rest, isEnded } = isChunked ? readChunks(unread.chunk + received) : { body: received, rest: '', isEnded: false }
  const messages = (unread.message + body).split('\n\n')
  const message = messages.pop()!
  return { frames: messages.map(readFrame).filter((frame) => frame !== undefined), unread: { isChunked, chunk: rest, message }, isEnded }
}

function readChunks(text: string): { body: string; rest: string; isEnded: boolean } {
  let [body, at] = ['', 0]
  for (;;) {
    const line = text.indexOf('\r\n', at)
    const size = line < 0 ? Number.NaN : Number.parseInt(text.slice(at, line), 16)
    if (size === 0) return { body, rest: '', isEnded: true }
    if (!(line + 2 + size + 2 <= text.length)) return { body, rest: text.slice(at), isEnded: false }
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}

/** Undefined for comments. */
function readFrame(message: string): Frame | undefined {
  const fields = new Map<string, string>()
  for (const line of message.split('\n')) {
    const [, name, value] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === undefined) continue
    const before = name === 'data' ? fields.get(name) : undefined
    fields.set(name, before === undefined ? (value ?? '') : `${before}\n${value}`)
  }
  if (fields.size === 0) return undefined
  const [id, retry] = [fields.get('id'), fields.get('retry')]
  return {
    event: fields.get('event') ?? 'message',
    data: Buffer.from(fields.get('data') ?? '', 'latin1').toString('utf8'),
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retryMs: Number(retry) }),
  }
}
