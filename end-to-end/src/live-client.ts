import { setTimeout as sleep } from 'node:timers/promises'
import type { AnswerRow, ViewAnswer } from '@twofold/analytics-service/answer-view.ts'
import { type Frame as Message, nothingUnread, readFrames } from '@twofold/verification/crowd/read-frames.ts'

/** A message of a stream that has data, with its data read. */
export interface Frame {
  /** `message` for one without a name. */
  readonly event: string
  readonly data: unknown
}

/** A row as it was pushed, and in which kind of frame. */
export interface PushedRow extends AnswerRow {
  readonly event: string
  /** Of a correction only. */
  readonly previous?: unknown
  /** Of the event that changed it, when its trace is kept. */
  readonly traceparent?: string
}

/** A reader of server-sent events that does what a browser's does, but goes elsewhere only when it is told to. */
export interface LiveClient {
  /** Everything heard so far, over all connections, in order. */
  readonly frames: readonly Frame[]
  /** The rows of all frames of a view's stream, in order. */
  readonly rows: readonly PushedRow[]
  /** Where the next connection goes on. */
  readonly lastEventId: string | undefined
  /** Connects; goes on behind what was heard last. Resolves with the first message that tells a place, rejects when it is refused. */
  open(url: string, lastEventId?: string): Promise<void>
  /** Resolves when what was heard satisfies; rejects with what was heard after a generous time. */
  until(isWanted: (client: LiveClient) => boolean, timeoutMs?: number): Promise<void>
  /** Leaves; also after the server is gone. */
  close(): Promise<void>
}

interface Connection {
  readonly controller: AbortController
  /** Resolves when nothing more comes. */
  readonly ended: Promise<void>
}

export function createLiveClient(): LiveClient {
  const frames: Frame[] = []
  let lastEventId: string | undefined
  let connection: Connection | undefined

  const close = async (): Promise<void> => {
    connection?.controller.abort()
    await connection?.ended
    connection = undefined
  }
  const take = ({ event, data, id }: Message): boolean => {
    if (data !== '') frames.push({ event, data: JSON.parse(data) as unknown })
    if (id !== undefined) lastEventId = id
    return id !== undefined
  }
  const client: LiveClient = {
    frames,
    get rows() {
      return frames.flatMap(({ event, data }) => (data as Partial<ViewAnswer>).rows?.map((row) => ({ ...row, event })) ?? [])
    },
    get lastEventId() {
      return lastEventId
    },
    async open(url, from = lastEventId) {
      await connection?.ended
      const controller = new AbortController()
      const response = await fetch(url, { headers: from === undefined ? {} : { 'last-event-id': from }, signal: controller.signal })
      if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
      const { promise: started, resolve, reject } = Promise.withResolvers<void>()
      const ended = readMessages(response.body, (message) => take(message) && resolve())
      connection = { controller, ended }
      ended.then(() => reject(new Error(`${url} ended before it began`)), reject)
      await started
    },
    async until(isWanted, timeoutMs = 20_000) {
      for (const deadline = Date.now() + timeoutMs; !isWanted(client); await sleep(20)) {
        if (Date.now() > deadline) throw new Error(`not heard within ${timeoutMs} ms; last: ${JSON.stringify(frames.slice(-10)).slice(-4000)}`)
      }
    },
    close,
  }
  return client
}

/** A server that was killed, or a reader that left, is an end like another; what was cut off is no message. Rejects with what `take` throws. */
async function readMessages(body: ReadableStream<Uint8Array>, take: (message: Message) => void): Promise<void> {
  let unread = nothingUnread(false)
  const reader = body.getReader()
  for (;;) {
    const { value } = await reader.read().catch(() => ({ value: undefined }))
    if (!value) return
    const read = readFrames(unread, Buffer.from(value).toString('latin1'))
    unread = read.unread
    read.frames.forEach(take)
  }
}
