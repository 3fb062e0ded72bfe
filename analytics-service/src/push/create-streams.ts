import type { View } from '@twofold/core/views/view.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import { type Channel, type ChannelParts, createChannel } from './channel.ts'
import type { Asked } from './group.ts'
import type { Reader, Start } from './reader.ts'
import type { Sink } from './sink.ts'
import { looksPerHeartbeat } from './stream-limits.ts'

export interface StreamQuestion extends Asked {
  readonly view: View
  readonly window: string
  readonly start: Start
}

/** All streams of a process. */
export interface Streams {
  /**
   * Lets a reader in. Throws a problem (503) when it can't be had now; otherwise resolves when the reader waits for its
   * first frame.
   */
  open(sink: Sink, question: StreamQuestion): Promise<void>
  /** Has to be called when the connection of a sink ended, also before it was let in. */
  closed(sink: Sink): void
  /** Ends every stream, so that clients go elsewhere, and lets nobody in any more. */
  stop(): void
}

export interface StreamsOptions extends ChannelParts {
  readonly maxStreams: number
}

export function createStreams(options: StreamsOptions): Streams {
  const { feed, provenance, limits, meter, maxStreams } = options
  const leaves = new Map<Sink, () => void>()
  const channels = new Map<string, Channel>()
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  const look = (): void => channels.forEach((channel) => channel.look())
  const openChannel = (view: View, window: string): Channel => {
    const name = `${view.name}/${window}`
    const channel = channels.get(name) ?? createChannel(view, window, options)
    channels.set(name, channel)
    timer ??= setInterval(look, limits.heartbeatMs / looksPerHeartbeat).unref()
    return channel
  }
  const closeEmpty = (): void => {
    for (const [name, channel] of channels) {
      if (!channel.isEmpty) continue
      channel.close()
      channels.delete(name)
    }
    if (channels.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  const join = (sink: Sink, { view, window, start, ...asked }: StreamQuestion): void => {
    const reader: Reader = { sink, quietLooks: 0 }
    const leave = openChannel(view, window).join(reader, asked, start)
    leaves.set(sink, () => {
      leave()
      closeEmpty()
    })
  }
  return {
    async open(sink, question) {
      const { view, window, keys } = question
      if (isStopped || !feed.isReady) throw notNow('live results are not ready', 2)
      if (leaves.size >= maxStreams) throw notNow('there are as many streams as this process may have', 5)
      leaves.set(sink, () => {})
      meter.opened()
      await Promise.all([feed.load(view, window, keys), provenance.prepare(view)])
      if (leaves.has(sink)) join(sink, question)
    },
    closed(sink) {
      const leave = leaves.get(sink)
      if (!leave) return
      leaves.delete(sink)
      meter.closed()
      leave()
    },
    stop() {
      isStopped = true
      for (const sink of leaves.keys()) sink.end()
    },
  }
}

function notNow(detail: string, retryAfterSeconds: number): HttpProblem {
  return new HttpProblem({ status: 503, detail, headers: { 'Retry-After': String(retryAfterSeconds) } })
}
