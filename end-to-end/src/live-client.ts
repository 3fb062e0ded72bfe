import { setTimeout as sleep } from 'node:timers/promises'
import type { AnswerRow, ViewAnswer } from '@twofold/analytics-service/answer-view.ts'

/** A block of a stream that has data. */
export interface Frame {
  /** Empty for one without a name. */
  readonly event: string
  readonly data: unknown
}

/** A row as it was pushed, and in which kind of frame. */
export interface PushedRow extends AnswerRow {
  readonly event: string
  /** Of a correction only. */
  readonly previous?: unknown
}

/** A reader of server-sent events that does what a browser's does, but goes elsewhere only when it is told to. */
export interface LiveClient {
  /** Everything heard so far, over all connections, in order. */
  readonly frames: readonly Frame[]
  /** The rows of all frames of a view's stream, in order. */
  readonly rows: readonly PushedRow[]
  /** Where the next connection goes on. */
  readonly lastEventId: string | undefined
  /** Connects; goes on behind what was heard last. Resolves with the first block that tells a place, rejects when it is refused. */
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
  const take = (block: string): boolean => {
    const { event, data, id } = parseBlock(block)
    if (data !== undefined) frames.push({ event, data: JSON.parse(data) as unknown })
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
      const ended = readBlocks(response.body, (block) => take(block) && resolve())
      connection = { controller, ended }
      void ended.then(() => reject(new Error(`${url} ended before it began`)))
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

/** Never rejects: a server that was killed, or a reader that left, is an end like another. What was cut off is no block. */
async function readBlocks(body: ReadableStream<Uint8Array<ArrayBuffer>>, take: (block: string) => void): Promise<void> {
  let text = ''
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop()!
      blocks.forEach(take)
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
  }
}

/** The fields of a block as https://html.spec.whatwg.org/multipage/server-sent-events.html has them, of those that are sent. */
function parseBlock(block: string): { event: string; data: string | undefined; id: string | undefined } {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const [name, value] = line.split(/: ?(.*)/s, 2)
    if (name) fields.set(name, value ?? '')
  }
  return { event: fields.get('event') ?? '', data: fields.get('data'), id: fields.get('id') }
}
